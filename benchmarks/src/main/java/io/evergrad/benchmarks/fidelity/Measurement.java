/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

/**
 * One approximation at one point.
 *
 * @param choice its name
 * @param elements numbers that it keeps
 * @param seconds to compute them; of Fishers, from one draw of labels for the examples
 * @param fisher closeness to the Fisher, which is the generalised Gauss–Newton matrix
 * @param hessian closeness to the Hessian
 * @param step closeness of the damped step
 */
public record Measurement(
    Estimator estimator,
    String choice,
    Side side,
    long elements,
    double seconds,
    Closeness fisher,
    Closeness hessian,
    DampedStep.Error step) {

  /** Bytes of one number kept, float32 as in the job. */
  private static final int NUMBER = 4;

  /** Memory of what is kept. */
  long bytes() {
    return NUMBER * elements;
  }
}
