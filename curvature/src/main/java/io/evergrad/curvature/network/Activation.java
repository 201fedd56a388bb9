/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

/** Element-wise non-linearities of a hidden layer. */
public enum Activation {
  RELU(false),
  TANH(true),
  GELU(false),
  LINEAR(true);

  private final boolean odd;

  Activation(final boolean odd) {
    this.odd = odd;
  }

  /** Whether f(−x) = −f(x), which lets hidden units flip sign as well as change places. */
  public boolean odd() {
    return odd;
  }
}
