/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.List;

/**
 * Curvatures of consecutive parts of the parameters, and nothing between them.
 *
 * @param parts in the order of the leaves
 */
record BlockDiagonal(List<? extends Curvature> parts) implements Curvature {

  /** Copies the list. */
  BlockDiagonal {
    parts = List.copyOf(parts);
  }

  @Override
  public long elements() {
    return parts.stream().mapToLong(Curvature::elements).sum();
  }

  @Override
  public NDArray dense() {
    final List<NDArray> blocks = parts.stream().map(Curvature::dense).toList();
    final long n = blocks.stream().mapToLong(block -> block.getShape().get(0)).sum();
    final NDArray whole =
        blocks.get(0).getManager().zeros(new Shape(n, n), blocks.get(0).getDataType());
    long first = 0;
    for (final NDArray block : blocks) {
      final long end = first + block.getShape().get(0);
      whole.get(new NDIndex("{}:{}, {}:{}", first, end, first, end)).addi(block);
      first = end;
    }
    return whole;
  }
}
