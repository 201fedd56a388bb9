/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import java.util.Objects;

/**
 * The features of some examples, a row each, in whatever form they are kept: they become floats
 * where they are read. Not thread-safe unless an implementation says so.
 */
@FunctionalInterface
public interface FeatureRows {

  /**
   * Writes a row's features as floats: all of them, and nothing beside them.
   *
   * @param row index of the example
   * @param target receives as many floats as an example has features
   * @param offset index of the first
   * @throws IndexOutOfBoundsException if there is no such row, or not as much room
   */
  void copyTo(int row, float[] target, int offset);

  /**
   * A copy of the first rows as floats, row-major.
   *
   * @param size how many
   * @param width features of an example
   */
  default float[] toFloats(final int size, final int width) {
    final float[] floats = new float[Math.multiplyExact(size, width)];
    for (int row = 0; row < size; row++) {
      copyTo(row, floats, row * width);
    }
    return floats;
  }

  /**
   * Rows of an array that is shared, not copied.
   *
   * @param features row-major; may be longer than the rows that are asked for
   * @param width features of an example, at least 1
   * @throws IllegalArgumentException if the width is not
   */
  static FeatureRows of(final float[] features, final int width) {
    Objects.requireNonNull(features, "features");
    if (width < 1) {
      throw new IllegalArgumentException("rows of " + width + " features: expected at least 1");
    }
    return (row, target, offset) -> System.arraycopy(features, row * width, target, offset, width);
  }
}
