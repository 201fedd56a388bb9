/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.kinds.Range;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * A square matrix over an axis that keeps only what is within the axis's ranges: one block, unless
 * the block limit cuts it.
 *
 * @param ranges of the axis, in order
 * @param blocks one a range
 */
record BlockDiagonal(List<Range> ranges, List<NDArray> blocks) {

  static BlockDiagonal zeros(
      final NDManager manager, final List<Range> ranges, final DataType type) {
    return new BlockDiagonal(
        ranges,
        ranges.stream()
            .map(range -> manager.zeros(new Shape(range.size(), range.size()), type))
            .toList());
  }

  /** Its axis's length. */
  int side() {
    return ranges.get(ranges.size() - 1).end();
  }

  /** X times this. */
  NDArray after(final NDArray x) {
    if (blocks.size() == 1) {
      return x.matMul(blocks.get(0));
    }
    final NDList products = new NDList();
    for (int i = 0; i < blocks.size(); i++) {
      products.add(columns(x, ranges.get(i)).matMul(blocks.get(i)));
    }
    return NDArrays.concat(products, 1);
  }

  /** XᵀY, as far as it is within the ranges; X and Y have the axis as columns. */
  BlockDiagonal products(final NDArray x, final NDArray y) {
    final List<NDArray> products = new ArrayList<>();
    for (final Range range : ranges) {
      products.add(columns(x, range).transpose().matMul(columns(y, range)));
    }
    return new BlockDiagonal(ranges, products);
  }

  /** The columns of X that are in a range; X itself, not a view of it, where all are. */
  static NDArray columns(final NDArray x, final Range range) {
    return range.size() == x.getShape().get(1)
        ? x
        : x.get(new NDIndex(":, {}:{}", range.first(), range.end()));
  }

  BlockDiagonal transpose() {
    return new BlockDiagonal(ranges, blocks.stream().map(NDArray::transpose).toList());
  }

  /** this ← kept · this + factor · other, in place, in this matrix's type. */
  void accumulate(final double kept, final BlockDiagonal other, final double factor) {
    for (int i = 0; i < blocks.size(); i++) {
      final NDArray block = blocks.get(i);
      final NDArray term = other.blocks.get(i).toType(block.getDataType(), false).mul(factor);
      block.muli(kept).addi(term);
    }
  }

  /** The block of exactly that range. */
  NDArray on(final Range range) {
    return blocks.get(ranges.indexOf(range));
  }

  void forEachArray(final String name, final BiConsumer<String, NDArray> action) {
    for (int i = 0; i < blocks.size(); i++) {
      action.accept(blocks.size() == 1 ? name : name + "." + i, blocks.get(i));
    }
  }
}
