/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import ai.djl.ndarray.NDArray;

/**
 * How close a matrix C comes to a true one, T.
 *
 * @param error ‖C − T‖ / ‖T‖, Frobenius
 * @param scaledError the same with C times the best scalar
 * @param cosine ⟨C, T⟩ / (‖C‖ ‖T‖)
 */
public record Closeness(double error, double scaledError, double cosine) {

  /** Of two matrices. */
  static Closeness of(final NDArray c, final NDArray t) {
    final double cosine = Frobenius.cosine(c, t);
    return new Closeness(
        Frobenius.error(c, t), Math.sqrt(Math.max(0, 1 - cosine * cosine)), cosine);
  }
}
