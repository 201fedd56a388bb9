/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;

/** The proximal step of a diagonal precision. */
final class DiagonalPull {

  private DiagonalPull() {}

  /**
   * θ ← μ + (θ − μ) / (1 + scale · Λ), in place.
   *
   * @param anchor μ, one array a leaf
   * @param precision the diagonal of Λ, one array a leaf
   */
  static void towards(
      final NDList anchor, final NDList precision, final double scale, final NDList parameters) {
    for (int i = 0; i < anchor.size(); i++) {
      final NDArray away = parameters.get(i).sub(anchor.get(i));
      final NDArray kept = away.divi(precision.get(i).mul(scale).addi(1));
      parameters.get(i).muli(0).addi(anchor.get(i)).addi(kept);
    }
  }
}
