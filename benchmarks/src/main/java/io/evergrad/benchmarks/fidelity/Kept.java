/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import ai.djl.ndarray.NDArray;
import io.evergrad.curvature.blocks.BlockMatrix;
import java.util.function.Supplier;

/**
 * A curvature as what is kept, and how the matrix follows from it.
 *
 * @param elements numbers kept
 * @param matrix made when it is asked for, so that timing what is kept does not count it
 */
record Kept(long elements, Supplier<NDArray> matrix) implements Curvature {

  /** A matrix that is kept whole. */
  static Kept whole(final NDArray matrix) {
    return new Kept(matrix.size(), () -> matrix);
  }

  /** Blocks of kinds. */
  static Kept blocks(final BlockMatrix blocks) {
    return new Kept(blocks.blocks().stream().mapToLong(NDArray::size).sum(), blocks::dense);
  }

  @Override
  public NDArray dense() {
    return matrix.get();
  }
}
