/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.evergrad.curvature.blocks.Spectra;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.linalg.LinearAlgebra.Spectrum;

/**
 * The step (T + λ s_max)⁻¹ g, s_max being T's largest eigenvalue, and how close the steps of other
 * matrices come, with the same absolute damping.
 *
 * @param exact the step, N × 1
 * @param damping λ s_max
 */
public record DampedStep(
    LinearAlgebra algebra, NDArray truth, NDArray gradient, NDArray exact, double damping) {
  /** λ. */
  static final double DAMPING = 1e-3;

  /**
   * How close a step is.
   *
   * @param error relative, Euclidean
   */
  record Error(double error, double cosine) {}

  /**
   * The exact step.
   *
   * @param truth T, positive semi-definite
   * @param gradient g, N × 1
   */
  static DampedStep of(final LinearAlgebra algebra, final NDArray truth, final NDArray gradient) {
    final Spectrum spectrum = Spectra.spectrum(truth.getManager(), algebra, truth);
    final double damping = DAMPING * spectrum.values().max().getDouble();
    return new DampedStep(algebra, truth, gradient, step(spectrum, gradient, damping), damping);
  }

  private static NDArray step(
      final Spectrum spectrum, final NDArray gradient, final double damping) {
    return spectrum
        .vectors()
        .matMul(
            spectrum
                .vectors()
                .transpose()
                .matMul(gradient)
                .div(spectrum.values().maximum(0).add(damping).expandDims(1)));
  }

  /**
   * The step of another matrix, which is scaled to be as near to T as it can. Eigenvalues below
   * zero count as zero.
   */
  Error error(final NDArray matrix) {
    final double scale = Frobenius.inner(matrix, truth) / Frobenius.inner(matrix, matrix);
    try (NDManager scope = matrix.getManager().newSubManager()) {
      final NDArray scaled = matrix.mul(Double.isFinite(scale) ? Math.max(scale, 0) : 0);
      final NDArray step = step(Spectra.spectrum(scope, algebra, scaled), gradient, damping);
      return new Error(Frobenius.error(step, exact), Frobenius.cosine(step, exact));
    }
  }
}
