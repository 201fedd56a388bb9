/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import ai.djl.ndarray.NDArray;

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

  /**
   * φ(z), element by element, by the engine's own operations, so that it can be recorded.
   *
   * @param z any shape
   */
  NDArray apply(final NDArray z) {
    return switch (this) {
      case RELU -> z.getNDArrayInternal().relu();
      case TANH -> z.tanh();
      case GELU -> z.getNDArrayInternal().gelu();
      case LINEAR -> z;
    };
  }
}
