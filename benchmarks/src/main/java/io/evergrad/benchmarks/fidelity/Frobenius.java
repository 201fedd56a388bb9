/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import ai.djl.ndarray.NDArray;

/** The inner product of matrices, and what follows from it. */
final class Frobenius {
  private Frobenius() {}

  /** ⟨A, B⟩, the sum of products of elements. */
  static double inner(final NDArray a, final NDArray b) {
    try (NDArray product = a.mul(b);
        NDArray sum = product.sum()) {
      return sum.getDouble();
    }
  }

  /** ‖A‖. */
  static double norm(final NDArray a) {
    return Math.sqrt(inner(a, a));
  }

  /** ‖A − T‖ / ‖T‖. */
  static double error(final NDArray a, final NDArray truth) {
    try (NDArray difference = a.sub(truth)) {
      return norm(difference) / norm(truth);
    }
  }

  /** ⟨A, B⟩ / (‖A‖ ‖B‖); 0 if one is zero. */
  static double cosine(final NDArray a, final NDArray b) {
    final double norms = norm(a) * norm(b);
    return norms == 0 ? 0 : inner(a, b) / norms;
  }
}
