/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import java.util.List;

/**
 * All approximations at one stage of one training.
 *
 * @param parameters N
 * @param loss mean over predictions, in nats
 * @param fisherFromGaussNewton relative difference of the two, which are computed independently
 * @param gaussNewtonFromHessian how close the generalised Gauss–Newton matrix is to the Hessian
 * @param plan what the mixed choice of K-FAC's memory takes
 */
public record Point(
    Family family,
    long seed,
    Stage stage,
    int parameters,
    double loss,
    double fisherFromGaussNewton,
    Closeness gaussNewtonFromHessian,
    List<String> plan,
    List<Measurement> measurements) {

  /** Copies the lists. */
  public Point {
    plan = List.copyOf(plan);
    measurements = List.copyOf(measurements);
  }
}
