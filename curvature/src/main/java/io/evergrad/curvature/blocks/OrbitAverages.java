/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.blocks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.evergrad.curvature.kinds.KindDecomposition;
import io.evergrad.curvature.linalg.LinearAlgebra;

/**
 * The orbit averages of weights and gradients of a small network, written out: what {@code evergrad
 * curvature} prints and what is compared with brute force.
 *
 * <p>Symbols of the paper: R1 (Eq. 1) {@link #r1(NDArray)}; R2 (Eq. 2); δ = v − R1(v) {@link
 * #delta(NDArray)}; S_w and S_g {@link #ofDeltas(NDArray)}; H = S_g^{1/2} (Eq. 11) {@link
 * #eq11(NDArray)}; H of Eq. 10 {@link #eq10(NDArray, NDArray)}.
 *
 * @param kinds of the declared symmetry
 * @param algebra used for square roots
 */
public record OrbitAverages(KindDecomposition kinds, LinearAlgebra algebra) {

  /** Eigenvalues of a second moment below this share of a block's largest are taken as zero. */
  private static final double RANK_TOLERANCE = 1e-10;

  /**
   * R1 of each vector: its invariant part.
   *
   * @param rows k × N
   * @return k × N
   */
  public NDArray r1(final NDArray rows) {
    final NDList analysis = analyse(rows);
    final NDList invariant = new NDList();
    for (int i = 0; i < analysis.size(); i++) {
      final NDArray x = analysis.get(i);
      invariant.add(kinds.kinds().get(i).invariant() ? x : x.zerosLike());
    }
    final int k = (int) rows.getShape().get(0);
    return Vectors.join(kinds.synthesiseSamples(invariant, k), k);
  }

  /** δ of each vector: what is left when its invariant part is taken out. */
  public NDArray delta(final NDArray rows) {
    return rows.sub(r1(rows));
  }

  /** The mean over the rows v of R2(δ, δ). */
  public BlockMatrix ofDeltas(final NDArray rows) {
    return secondMoment(rows).withoutInvariants();
  }

  /** The mean over the rows v of R2(v, v). */
  public BlockMatrix secondMoment(final NDArray rows) {
    return BlockMatrix.orbitAverage(kinds, analyse(rows), (int) rows.getShape().get(0));
  }

  /** H = S_g^{1/2} of the mean over the gradients (Eq. 11). */
  public BlockMatrix eq11(final NDArray gradients) {
    return ofDeltas(gradients).squareRoot(algebra);
  }

  /** H with H S_w H = S_g of the means over weights and gradients (Eq. 10). */
  public GeometricMean eq10(final NDArray weights, final NDArray gradients) {
    return GeometricMean.of(algebra, ofDeltas(weights), ofDeltas(gradients));
  }

  /** H⁺ of Eq. 11, undamped, on H's range. */
  public BlockMatrix eq11Inverse(final NDArray gradients) {
    return ofDeltas(gradients).pseudoInverse(algebra, RANK_TOLERANCE).squareRoot(algebra);
  }

  /** H⁺ of Eq. 10, undamped, on H's range. */
  public BlockMatrix inverse(final GeometricMean eq10) {
    return eq10.curvature().pseudoInverse(algebra, Math.sqrt(RANK_TOLERANCE));
  }

  /**
   * H⁺ δ for the first gradient.
   *
   * @param inverse H⁺
   * @return 1 × N
   */
  public NDArray ofFirst(final BlockMatrix inverse, final NDArray gradients) {
    final NDArray first = delta(gradients.get("0:1"));
    final NDList leaves = new NDList();
    for (final NDArray leaf : Vectors.split(first, kinds.symmetry().leaves())) {
      leaves.add(leaf.get(0));
    }
    final NDList product = inverse.apply(leaves);
    final NDList rows = new NDList();
    for (final NDArray leaf : product) {
      rows.add(leaf.expandDims(0));
    }
    return Vectors.join(rows, 1);
  }

  private NDList analyse(final NDArray rows) {
    return kinds.analyseSamples(Vectors.split(rows, kinds.symmetry().leaves()));
  }
}
