/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.invariance;

/** A loss that cannot tell a right declaration from a wrong one. */
final class UndecidableLoss extends Exception {
  private static final long serialVersionUID = 1L;

  UndecidableLoss(final String reason) {
    super(reason);
  }
}
