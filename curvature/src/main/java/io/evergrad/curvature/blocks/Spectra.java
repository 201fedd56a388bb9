/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.blocks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.linalg.LinearAlgebra.Spectrum;
import io.evergrad.curvature.linalg.Matrices;
import java.util.function.UnaryOperator;

/**
 * Functions of the eigenvalues of symmetric blocks, always computed in float64. A block may be a
 * stack of matrices along a leading axis, each treated by itself.
 */
public final class Spectra {
  private static final int ATTEMPTS = 4;
  private static final double GROWTH = 100;

  private Spectra() {}

  /**
   * A block's damped power.
   *
   * @param value U diag((s + λ s_max)^p) Uᵀ in the block's own type
   * @param retries how often the damping had to grow before the result was finite
   */
  public record DampedPower(NDArray value, int retries) {}

  /**
   * X^p = U diag((s + λ s_max)^p) Uᵀ, s clipped at zero. Where the result is not finite λ grows
   * hundredfold and it is tried again.
   *
   * @param block m × m, symmetric up to rounding, positive semi-definite up to rounding
   * @param power p
   * @param damping λ, relative to the largest eigenvalue, above 0
   * @return on the block's manager; the zero matrix if the block is zero
   * @throws ArithmeticException if the block itself is not finite
   */
  public static DampedPower dampedPower(
      final LinearAlgebra algebra, final NDArray block, final double power, final double damping) {
    final NDManager target = block.getManager();
    try (NDManager scope = target.newSubManager()) {
      final NDArray symmetric = symmetrise(scope, block);
      final double trace = finiteTrace(symmetric);
      if (trace <= 0) {
        return new DampedPower(attached(block.zerosLike(), target), 0);
      }
      final Spectrum spectrum = algebra.eigh(symmetric);
      final NDArray largest = largest(spectrum.values());
      final NDArray alive = largest.gt(0).toType(DataType.FLOAT64, false);
      double lambda = damping;
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        // A member of a stack that is zero stays zero: its eigenvalues are kept away from 0^p.
        final NDArray floor = largest.mul(lambda).sub(alive).add(1);
        final NDArray powers = spectrum.values().maximum(0).add(floor).pow(power).mul(alive);
        final NDArray result = rebuild(spectrum, powers);
        if (Double.isFinite(result.sum().getDouble())) {
          return new DampedPower(
              attached(result.toType(block.getDataType(), true), target), attempt);
        }
        lambda *= GROWTH;
      }
    }
    throw new ArithmeticException(
        "no finite power " + power + " of a block of " + block.getShape() + " at any damping");
  }

  /**
   * f on the eigenvalues: U diag(f(s)) Uᵀ.
   *
   * @throws ArithmeticException if the block is not finite
   */
  static NDArray function(
      final LinearAlgebra algebra, final NDArray block, final UnaryOperator<NDArray> f) {
    final NDManager target = block.getManager();
    try (NDManager scope = target.newSubManager()) {
      final Spectrum spectrum = spectrum(scope, algebra, block);
      final NDArray result = rebuild(spectrum, f.apply(spectrum.values()));
      return attached(result.toType(block.getDataType(), true), target);
    }
  }

  static NDArray pseudoInverse(
      final LinearAlgebra algebra, final NDArray block, final double tolerance) {
    return function(
        algebra,
        block,
        s -> {
          final NDArray floor = largest(s.abs()).mul(tolerance);
          final NDArray kept = s.gt(floor);
          return kept.toType(s.getDataType(), false)
              .div(s.add(kept.logicalNot().toType(s.getDataType(), false)));
        });
  }

  /** The eigenvalues, ascending, in float64 on the block's manager. */
  static NDArray eigenvalues(final LinearAlgebra algebra, final NDArray block) {
    final NDManager target = block.getManager();
    try (NDManager scope = target.newSubManager()) {
      return attached(spectrum(scope, algebra, block).values(), target);
    }
  }

  /**
   * The spectrum, in float64.
   *
   * @param scope gets it
   * @param block symmetric up to rounding
   * @throws ArithmeticException if the block is not finite
   */
  public static Spectrum spectrum(
      final NDManager scope, final LinearAlgebra algebra, final NDArray block) {
    final NDArray symmetric = symmetrise(scope, block);
    finiteTrace(symmetric);
    return algebra.eigh(symmetric);
  }

  private static double finiteTrace(final NDArray block) {
    final double trace = trace(block);
    if (!Double.isFinite(trace)) {
      throw new ArithmeticException(
          "a curvature block of " + block.getShape() + " is not finite: the loss has diverged");
    }
    return trace;
  }

  /** The sum of the diagonal, over all of a stack. */
  public static double trace(final NDArray square) {
    final int n = (int) square.getShape().get(square.getShape().dimension() - 1);
    return square
        .mul(square.getManager().eye(n, n, 0, square.getDataType()))
        .sum()
        .toType(DataType.FLOAT64, false)
        .getDouble();
  }

  /** (X + Xᵀ) / 2 in float64. */
  static NDArray symmetrise(final NDManager scope, final NDArray block) {
    final NDArray wide = block.toType(DataType.FLOAT64, true);
    wide.attach(scope);
    return wide.add(Matrices.transposed(wide)).muli(0.5);
  }

  /** Of each spectrum, with a last axis of length 1. */
  private static NDArray largest(final NDArray values) {
    return values.max(new int[] {values.getShape().dimension() - 1}, true);
  }

  private static NDArray rebuild(final Spectrum spectrum, final NDArray values) {
    final NDArray columns = values.expandDims(values.getShape().dimension() - 1);
    return spectrum.vectors().mul(columns).matMul(Matrices.transposed(spectrum.vectors()));
  }

  private static NDArray attached(final NDArray array, final NDManager manager) {
    array.attach(manager);
    return array;
  }
}
