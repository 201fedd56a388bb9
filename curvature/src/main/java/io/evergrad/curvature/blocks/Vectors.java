/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.blocks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.symmetry.Leaf;
import java.util.List;
import java.util.stream.LongStream;

/** Parameter vectors θ as rows of a matrix, and as one array a leaf. */
public final class Vectors {

  private Vectors() {}

  /** A leaf's shape. */
  public static Shape shape(final Leaf leaf) {
    return new Shape(leaf.shape().stream().mapToLong(Integer::longValue).toArray());
  }

  /**
   * Cuts k vectors into leaves.
   *
   * @param rows k × N
   * @return one array a leaf, each with a leading axis of k
   */
  public static NDList split(final NDArray rows, final List<Leaf> leaves) {
    final NDList result = new NDList();
    long first = 0;
    for (final Leaf leaf : leaves) {
      final long end = first + leaf.count();
      final long[] shape =
          LongStream.concat(
                  LongStream.of(rows.getShape().get(0)),
                  leaf.shape().stream().mapToLong(Integer::longValue))
              .toArray();
      result.add(rows.get(new NDIndex(":, {}:{}", first, end)).reshape(new Shape(shape)));
      first = end;
    }
    return result;
  }

  /**
   * Joins leaves into k vectors; the inverse of {@link #split(NDArray, List)}.
   *
   * @param leaves one array a leaf, each with a leading axis of k
   * @return k × N
   */
  public static NDArray join(final NDList leaves, final int k) {
    final NDList flat = new NDList();
    for (final NDArray leaf : leaves) {
      flat.add(leaf.reshape(new Shape(k, -1)));
    }
    return NDArrays.concat(flat, 1);
  }
}
