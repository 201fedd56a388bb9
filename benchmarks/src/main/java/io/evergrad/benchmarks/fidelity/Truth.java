/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import ai.djl.ndarray.NDArray;

/**
 * What approximations are held against at one θ.
 *
 * @param gaussNewton the generalised Gauss–Newton matrix, which equals the Fisher
 * @param step by it
 */
record Truth(NDArray gaussNewton, NDArray hessian, DampedStep step) {

  /** How good a curvature is. */
  Measurement measure(
      final Estimator estimator,
      final String choice,
      final Side side,
      final Curvature curvature,
      final double seconds) {
    final NDArray dense = curvature.dense();
    return new Measurement(
        estimator,
        choice,
        side,
        curvature.elements(),
        seconds,
        Closeness.of(dense, gaussNewton),
        Closeness.of(dense, hessian),
        step.error(dense));
  }
}
