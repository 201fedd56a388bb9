/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.blocks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.kinds.Kind;
import io.evergrad.curvature.kinds.KindDecomposition;
import io.evergrad.curvature.kinds.OuterProducts;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.linalg.Matrices;
import io.evergrad.curvature.symmetry.Leaf;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/**
 * A symmetric N × N matrix that commutes with a group, kept as one m_κ × m_κ block for each kind,
 * or a stack of them for a kind of several members (Schur's lemma; paper, Eq. 6). Sums, powers and
 * products are exact and done block by block; nothing N × N is formed, but by {@link #dense()}.
 *
 * <p>Operations return new matrices on the manager of their operands, but for {@link #accumulate}.
 *
 * @param kinds how the parameter vector splits
 * @param blocks one a kind, in the order of {@link KindDecomposition#kinds()}
 */
public record BlockMatrix(KindDecomposition kinds, NDList blocks) {

  /** Largest N of which {@link #dense()} forms the matrix. */
  public static final int DENSE_LIMIT = 2_000;

  /**
   * The mean over k vectors of R2(v, v) (Eq. 2): X_κᵀ X_κ / (k d_κ) on each kind.
   *
   * @param analysis of the k vectors, by {@link KindDecomposition#analyseSamples(NDList)}, or by
   *     {@link KindDecomposition#analyse(NDList)} for k = 1
   * @param samples k
   */
  public static BlockMatrix orbitAverage(
      final KindDecomposition kinds, final NDList analysis, final int samples) {
    final NDList blocks = new NDList();
    for (int i = 0; i < analysis.size(); i++) {
      final NDArray x = analysis.get(i);
      final double scale = 1.0 / ((double) samples * kinds.kinds().get(i).dimension());
      blocks.add(Matrices.gram(x).muli(scale));
    }
    return new BlockMatrix(kinds, blocks);
  }

  /**
   * R2(v, v) (Eq. 2): X_κᵀ X_κ / d_κ on each kind, of a large v a few rows of X_κ at a time.
   *
   * @param leaves v, one array a leaf
   */
  public static BlockMatrix orbitAverage(final KindDecomposition kinds, final NDList leaves) {
    final NDManager manager = leaves.get(0).getManager();
    final NDArray[] blocks = new NDArray[kinds.kinds().size()];
    kinds.forEachRows(
        leaves,
        (i, x) -> {
          final NDArray gram = Matrices.gram(x).muli(1.0 / kinds.kinds().get(i).dimension());
          if (blocks[i] == null) {
            gram.attach(manager);
            blocks[i] = gram;
          } else {
            blocks[i].addi(gram);
          }
        });
    return new BlockMatrix(kinds, new NDList(blocks));
  }

  /**
   * The mean of R2(v, v) (Eq. 2) over vectors given by their factors: X_κᵀ X_κ / (k d_κ) on each
   * kind.
   */
  public static BlockMatrix orbitAverage(
      final KindDecomposition kinds, final OuterProducts vectors) {
    final NDList grams = vectors.grams(kinds);
    for (int i = 0; i < grams.size(); i++) {
      grams.get(i).muli(1.0 / ((double) vectors.samples() * kinds.kinds().get(i).dimension()));
    }
    return new BlockMatrix(kinds, grams);
  }

  /** The zero matrix. */
  public static BlockMatrix zeros(
      final KindDecomposition kinds, final NDManager manager, final DataType type) {
    final NDList blocks = new NDList();
    for (final Kind kind : kinds.kinds()) {
      blocks.add(manager.zeros(shape(kind), type));
    }
    return new BlockMatrix(kinds, blocks);
  }

  /** Shape of a kind's block: m × m, or members × m × m. */
  public static Shape shape(final Kind kind) {
    final long m = kind.multiplicity();
    return kind.members() == 1 ? new Shape(m, m) : new Shape(kind.members(), m, m);
  }

  /** This matrix with the blocks of invariant kinds set to zero: R2(v, v) becomes R2(δ, δ). */
  public BlockMatrix withoutInvariants() {
    final NDList result = new NDList();
    for (int i = 0; i < blocks.size(); i++) {
      final NDArray block = blocks.get(i);
      result.add(kinds.kinds().get(i).invariant() ? block.zerosLike() : block);
    }
    return new BlockMatrix(kinds, result);
  }

  /** H with H H = this, this being positive semi-definite (Eq. 11 with this = S_g). */
  public BlockMatrix squareRoot(final LinearAlgebra algebra) {
    return spectral(algebra, NDArray::sqrt);
  }

  /**
   * The pseudo-inverse: eigenvalues of a block that are not above {@code tolerance} times its
   * largest are taken as zero.
   */
  public BlockMatrix pseudoInverse(final LinearAlgebra algebra, final double tolerance) {
    return mapBlocks(b -> Spectra.pseudoInverse(algebra, b, tolerance));
  }

  /**
   * this ← kept · this + factor · other, in place: the step of a moving average, or of a sum over
   * tasks. The other's elements are converted to this matrix's type first.
   *
   * @param other over the same kinds
   */
  public void accumulate(final double kept, final BlockMatrix other, final double factor) {
    for (int i = 0; i < blocks.size(); i++) {
      final NDArray block = blocks.get(i);
      final NDArray term = other.blocks.get(i).toType(block.getDataType(), false).mul(factor);
      block.muli(kept).addi(term);
    }
  }

  /**
   * f on the eigenvalues of every block, computed in float64.
   *
   * @param f of a block's eigenvalues, ascending, at least 0
   * @throws ArithmeticException if a block is not finite
   */
  public BlockMatrix spectral(final LinearAlgebra algebra, final UnaryOperator<NDArray> f) {
    return mapBlocks(b -> Spectra.function(algebra, b, s -> f.apply(s.maximum(0))));
  }

  /** The sum with a matrix over the same kinds. */
  public BlockMatrix plus(final BlockMatrix other) {
    final NDList sums = new NDList();
    for (int i = 0; i < blocks.size(); i++) {
      sums.add(blocks.get(i).add(other.blocks.get(i)));
    }
    return new BlockMatrix(kinds, sums);
  }

  /** This matrix times a number. */
  public BlockMatrix times(final double factor) {
    return mapBlocks(block -> block.mul(factor));
  }

  /**
   * The damped power: on each block U diag((s + λ s_max)^p) Uᵀ, s_max that block's own; a zero
   * block stays zero.
   *
   * @param power p
   * @param damping λ, above 0
   */
  public BlockMatrix power(final LinearAlgebra algebra, final double power, final double damping) {
    return mapBlocks(block -> Spectra.dampedPower(algebra, block, power, damping).value());
  }

  /**
   * x with (this + λ s_max) x = v, block by block.
   *
   * @param leaves v, one array a leaf
   * @param damping λ, above 0, relative to each block's largest eigenvalue s_max
   */
  public NDList solve(final LinearAlgebra algebra, final NDList leaves, final double damping) {
    return power(algebra, -1, damping).apply(leaves);
  }

  /** The sum of the diagonal of the N × N matrix. */
  public double trace() {
    double trace = 0;
    for (int i = 0; i < blocks.size(); i++) {
      trace += kinds.kinds().get(i).dimension() * Spectra.trace(blocks.get(i));
    }
    return trace;
  }

  /**
   * The logarithm of the N × N matrix's determinant.
   *
   * @return −∞ if it is singular, NaN if it has an eigenvalue below 0
   */
  public double logDeterminant(final LinearAlgebra algebra) {
    double sum = 0;
    for (int i = 0; i < blocks.size(); i++) {
      final NDArray logarithms = Spectra.eigenvalues(algebra, blocks.get(i)).log();
      sum += kinds.kinds().get(i).dimension() * logarithms.sum().getDouble();
    }
    return sum;
  }

  /**
   * The diagonal of the N × N matrix. It is the same for parameters that the group carries into
   * each other, so one of each such orbit is computed.
   *
   * @return one array a leaf
   */
  public NDList diagonal() {
    return new Diagonal(kinds).of(blocks);
  }

  /**
   * A draw from the normal distribution N(0, this⁻¹), on blocks that are not zero.
   *
   * @param random of the draw; the same state gives the same bits
   * @param damping λ, above 0, relative to each block's largest eigenvalue
   * @return one array a leaf
   */
  public NDList sample(
      final LinearAlgebra algebra, final SplittableRandom random, final double damping) {
    final NDArray block = blocks.get(0);
    final NDList normal = new NDList();
    for (final Leaf leaf : kinds.symmetry().leaves()) {
      final double[] values = new double[Math.toIntExact(leaf.count())];
      for (int i = 0; i < values.length; i++) {
        values[i] = random.nextGaussian();
      }
      normal.add(
          block
              .getManager()
              .create(values, Vectors.shape(leaf))
              .toType(block.getDataType(), false));
    }
    return power(algebra, -0.5, damping).apply(normal);
  }

  /** Memory of the blocks, in bytes. */
  public long bytes() {
    return blocks.stream().mapToLong(b -> b.size() * b.getDataType().getNumOfBytes()).sum();
  }

  /**
   * The product with a vector, a large one's a few rows of X_κ at a time.
   *
   * @param leaves v, one array a leaf
   * @return the same shapes
   */
  public NDList apply(final NDList leaves) {
    return kinds.mapRows(leaves, (i, x) -> x.matMul(blocks.get(i)));
  }

  private NDList applyToAnalysis(final NDList analysis) {
    final NDList products = new NDList();
    for (int i = 0; i < analysis.size(); i++) {
      products.add(analysis.get(i).matMul(blocks.get(i)));
    }
    return products;
  }

  private BlockMatrix mapBlocks(final UnaryOperator<NDArray> function) {
    return new BlockMatrix(
        kinds, new NDList(blocks.stream().map(function).toArray(NDArray[]::new)));
  }

  /**
   * The whole matrix, for small N.
   *
   * @return N × N, parameters in the order of the leaves, row-major within each
   * @throws IllegalStateException if N exceeds {@value #DENSE_LIMIT}
   */
  public NDArray dense() {
    final long count = kinds.symmetry().count();
    if (count > DENSE_LIMIT) {
      throw new IllegalStateException(
          "a dense matrix of " + count + " parameters: the limit is " + DENSE_LIMIT);
    }
    final int n = (int) count;
    final NDManager manager = blocks.get(0).getManager();
    final NDArray identity = manager.eye(n, n, 0, blocks.get(0).getDataType());
    final NDList units = Vectors.split(identity, kinds.symmetry().leaves());
    final NDList products =
        kinds.synthesiseSamples(applyToAnalysis(kinds.analyseSamples(units)), n);
    return Vectors.join(products, n);
  }
}
