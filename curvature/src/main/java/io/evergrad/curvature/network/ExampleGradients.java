/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.blocks.BlockMatrix;
import io.evergrad.curvature.blocks.Vectors;
import io.evergrad.curvature.kinds.KindDecomposition;
import io.evergrad.curvature.kinds.OuterProducts;
import io.evergrad.curvature.symmetry.Leaf;
import java.util.ArrayList;
import java.util.List;

/**
 * The gradients of B examples, none of which is formed: example i's by a leaf is Σ_t d_{i,t}
 * a_{i,t}ᵀ over the T places at which the network uses the leaf (one in a dense layer, positions of
 * an image, steps of a sequence).
 *
 * <p>Means, of gradients and of their squares, are over predictions: the sum over the examples by
 * {@code examples · predictions}.
 *
 * @param leaves the parameter tensors
 * @param factors one a leaf
 * @param predictions of each example
 */
public record ExampleGradients(List<Leaf> leaves, List<Factors> factors, int predictions) {
  private static final long CHUNK = 1L << 22;

  /**
   * One leaf's gradients, the leaf as a matrix of u × n.
   *
   * @param rows d, B × T × u
   * @param columns a, B × T × n; null for n = 1 and a = 1
   */
  public record Factors(NDArray rows, NDArray columns) {

    /**
     * Gradients that are formed already.
     *
     * @param gradients B × 1 × elements of the leaf
     */
    static Factors formed(final NDArray gradients) {
      return new Factors(gradients, null);
    }

    /** T. */
    public long places() {
      return rows.getShape().get(1);
    }

    private Factors between(final int first, final int end) {
      final NDIndex examples = new NDIndex("{}:{}", first, end);
      return new Factors(rows.get(examples), columns == null ? null : columns.get(examples));
    }

    /** B × u × n. */
    private NDArray matrices() {
      if (columns == null) {
        return rows.sum(new int[] {1}).expandDims(2);
      }
      return places() == 1
          ? rows.transpose(0, 2, 1).mul(columns)
          : rows.transpose(0, 2, 1).matMul(columns);
    }

    /** Factors of the sum of the gradients of both; either both have columns, or none has. */
    Factors plus(final Factors other) {
      return new Factors(
          NDArrays.concat(new NDList(rows, other.rows), 1),
          columns == null ? null : NDArrays.concat(new NDList(columns, other.columns), 1));
    }
  }

  /** B. */
  public int examples() {
    return Math.toIntExact(factors.get(0).rows().getShape().get(0));
  }

  private double scale() {
    return 1.0 / ((double) examples() * predictions);
  }

  /** The mean gradient, one array a leaf. */
  public NDList mean() {
    final NDList gradient = new NDList();
    for (int i = 0; i < leaves.size(); i++) {
      final Factors of = factors.get(i);
      final NDArray d = flat(of.rows()).mul(scale());
      final NDArray sum =
          of.columns() == null ? d.sum(new int[] {0}) : d.transpose().matMul(flat(of.columns()));
      gradient.add(sum.reshape(Vectors.shape(leaves.get(i))));
    }
    return gradient;
  }

  private static NDArray flat(final NDArray places) {
    final Shape shape = places.getShape();
    return places.reshape(new Shape(shape.get(0) * shape.get(1), shape.get(2)));
  }

  /**
   * The gradient of each example from {@code first} (inclusive) to {@code end} (exclusive), one
   * array a leaf with a leading axis of examples.
   */
  public NDList perExample(final int first, final int end) {
    final NDList gradients = new NDList();
    for (int i = 0; i < leaves.size(); i++) {
      gradients.add(perExample(i, Vectors.shape(leaves.get(i)), first, end));
    }
    return gradients;
  }

  private NDArray perExample(final int leaf, final Shape shape, final int first, final int end) {
    return factors
        .get(leaf)
        .between(first, end)
        .matrices()
        .reshape(new Shape(end - first).addAll(shape));
  }

  /** The mean over predictions of each gradient's elements squared, one array a leaf. */
  public NDList meanSquares() {
    final NDList squares = new NDList();
    for (int i = 0; i < leaves.size(); i++) {
      squares.add(meanSquares(i).muli(scale()).reshape(Vectors.shape(leaves.get(i))));
    }
    return squares;
  }

  private NDArray meanSquares(final int leaf) {
    final Factors of = factors.get(leaf);
    if (of.places() == 1) {
      final NDArray d = flat(of.rows()).square();
      return of.columns() == null
          ? d.sum(new int[] {0})
          : d.transpose().matMul(flat(of.columns()).square());
    }
    final Shape shape = Vectors.shape(leaves.get(leaf));
    NDArray sum = null;
    for (int first = 0; first < examples(); ) {
      final int end = chunkEnd(first, leaves.get(leaf).count());
      final NDArray squares = perExample(leaf, shape, first, end).square().sum(new int[] {0});
      sum = sum == null ? squares : sum.addi(squares);
      first = end;
    }
    return sum;
  }

  private int chunkEnd(final int first, final long elements) {
    return (int) Math.min(examples(), first + Math.max(1, CHUNK / elements));
  }

  /**
   * The mean over predictions of R2(g, g) (Eq. 2), g the gradients by a few consecutive leaves.
   *
   * @param kinds of those leaves, in shapes of as many elements
   * @param firstLeaf the first of them
   * @return on the gradients' manager
   */
  public BlockMatrix secondMoment(final KindDecomposition kinds, final int firstLeaf) {
    final List<Leaf> views = kinds.symmetry().leaves();
    final BlockMatrix mean =
        outer(views, firstLeaf)
            ? BlockMatrix.orbitAverage(kinds, outerProducts(views, firstLeaf))
            : orbitAverage(kinds, firstLeaf);
    return predictions == 1 ? mean : mean.times(1.0 / predictions);
  }

  private BlockMatrix orbitAverage(final KindDecomposition kinds, final int firstLeaf) {
    final List<Leaf> views = kinds.symmetry().leaves();
    final NDManager manager = factors.get(firstLeaf).rows().getManager();
    final BlockMatrix sum =
        BlockMatrix.zeros(kinds, manager, factors.get(firstLeaf).rows().getDataType());
    for (int first = 0; first < examples(); ) {
      final int end = chunkEnd(first, kinds.symmetry().count());
      final NDList chunk = new NDList();
      for (int i = 0; i < views.size(); i++) {
        chunk.add(perExample(firstLeaf + i, Vectors.shape(views.get(i)), first, end));
      }
      final int samples = end - first;
      sum.accumulate(
          1,
          BlockMatrix.orbitAverage(kinds, kinds.analyseSamples(chunk), samples),
          (double) samples / examples());
      first = end;
    }
    return sum;
  }

  /** Whether every leaf's gradients are single outer products of its axes. */
  private boolean outer(final List<Leaf> views, final int firstLeaf) {
    for (int i = 0; i < views.size(); i++) {
      final Factors of = factors.get(firstLeaf + i);
      if (of.places() > 1 || views.get(i).shape().size() != (of.columns() == null ? 1 : 2)) {
        return false;
      }
    }
    return true;
  }

  private OuterProducts outerProducts(final List<Leaf> views, final int firstLeaf) {
    final List<List<NDArray>> products = new ArrayList<>();
    for (int i = 0; i < views.size(); i++) {
      final Factors of = factors.get(firstLeaf + i);
      products.add(
          of.columns() == null
              ? List.of(flat(of.rows()))
              : List.of(flat(of.rows()), flat(of.columns())));
    }
    return new OuterProducts(products);
  }
}
