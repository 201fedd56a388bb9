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
   * Writes a row's features as floats.
   *
   * @param row index of the example
   * @param target receives as many floats as an example has features
   * @param offset index of the first
   */
  void copyTo(int row, float[] target, int offset);

  /**
   * Rows of an array that is shared, not copied.
   *
   * @param features row-major; may be longer than the rows that are asked for
   * @param width features of an example, at least 1
   */
  static FeatureRows of(final float[] features, final int width) {
    Objects.requireNonNull(features, "features");
    return (row, target, offset) -> System.arraycopy(features, row * width, target, offset, width);
  }
}
