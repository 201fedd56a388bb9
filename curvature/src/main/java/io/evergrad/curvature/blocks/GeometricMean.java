/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.blocks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.evergrad.curvature.kinds.Kind;
import io.evergrad.curvature.kinds.KindDecomposition;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.linalg.LinearAlgebra.Spectrum;
import io.evergrad.curvature.linalg.Matrices;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The curvature H with H S_w H = S_g (Eq. 10): S_w⁻¹ # S_g = S_w^{-1/2} (S_w^{1/2} S_g
 * S_w^{1/2})^{1/2} S_w^{-1/2}, block by block in float64.
 *
 * <p>Where S_w does not have full rank on a kind, H is not determined there. Such a kind falls back
 * to Eq. 11 with the scale of S_w: with S_w ≈ c I, c its mean eigenvalue, H = (S_g / c)^{1/2};
 * where S_w is zero, to H = S_g^{1/2}. Invariant kinds have H = 0, as δ is zero there.
 *
 * @param curvature H
 * @param fallenBack the kinds on which S_w was rank deficient; empty if Eq. 10 holds everywhere
 */
public record GeometricMean(BlockMatrix curvature, List<Kind> fallenBack) {

  /** S_w has full rank where its smallest eigenvalue exceeds this share of its largest. */
  private static final double RANK_TOLERANCE = 1e-12;

  /** Copies the list. */
  public GeometricMean {
    fallenBack = List.copyOf(fallenBack);
  }

  /**
   * Solves Eq. 10.
   *
   * @param weights S_w
   * @param gradients S_g, over the same kinds
   */
  public static GeometricMean of(
      final LinearAlgebra algebra, final BlockMatrix weights, final BlockMatrix gradients) {
    final KindDecomposition kinds = weights.kinds();
    final NDList blocks = new NDList();
    final List<Kind> fallenBack = new ArrayList<>();
    for (int i = 0; i < kinds.kinds().size(); i++) {
      final Kind kind = kinds.kinds().get(i);
      final NDArray w = weights.blocks().get(i);
      final NDArray g = gradients.blocks().get(i);
      if (kind.invariant()) {
        blocks.add(g.zerosLike());
        continue;
      }
      final Optional<NDArray> mean = mean(algebra, w, g);
      if (mean.isEmpty()) {
        fallenBack.add(kind);
      }
      blocks.add(mean.orElseGet(() -> fallback(algebra, kind, w, g)));
    }
    return new GeometricMean(new BlockMatrix(kinds, blocks), fallenBack);
  }

  /** The least ratio of a spectrum's smallest to its largest eigenvalue; 0 where all are zero. */
  private static double smallestShare(final NDArray values) {
    final int[] last = {values.getShape().dimension() - 1};
    final NDArray largest = values.max(last).maximum(Double.MIN_NORMAL);
    return values.min(last).div(largest).min().getDouble();
  }

  private static NDArray fallback(
      final LinearAlgebra algebra, final Kind kind, final NDArray w, final NDArray g) {
    final double scale = Spectra.trace(w) / ((double) kind.multiplicity() * kind.members());
    return Spectra.function(algebra, scale > 0 ? g.div(scale) : g, s -> s.maximum(0).sqrt());
  }

  /** S_w⁻¹ # S_g; empty where S_w is rank deficient. */
  private static Optional<NDArray> mean(
      final LinearAlgebra algebra, final NDArray w, final NDArray g) {
    final NDManager target = w.getManager();
    try (NDManager scope = target.newSubManager()) {
      final Spectrum spectrum = Spectra.spectrum(scope, algebra, w);
      if (smallestShare(spectrum.values()) <= RANK_TOLERANCE) {
        return Optional.empty();
      }
      final NDArray root = spectrum.values().sqrt();
      final NDArray half = scaledColumns(spectrum.vectors(), root);
      final NDArray inverse = scaledColumns(spectrum.vectors(), root.pow(-1));
      // In the basis of S_w the inner root is that of Dᵀ S_g D, D = U diag(√s).
      final NDArray wide = Spectra.symmetrise(scope, g);
      final NDArray inner =
          Spectra.function(
              algebra,
              Matrices.transposed(half).matMul(wide).matMul(half),
              s -> s.maximum(0).sqrt());
      final NDArray result = inverse.matMul(inner).matMul(Matrices.transposed(inverse));
      final NDArray converted = result.toType(w.getDataType(), true);
      converted.attach(target);
      return Optional.of(converted);
    }
  }

  private static NDArray scaledColumns(final NDArray vectors, final NDArray factors) {
    return vectors.mul(factors.expandDims(factors.getShape().dimension() - 1));
  }
}
