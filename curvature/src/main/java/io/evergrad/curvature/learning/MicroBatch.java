/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import io.evergrad.curvature.network.Candidates;
import java.util.List;

/**
 * Labelled examples that are learned, or judged, in one step. The arrays may be longer than {@code
 * size} asks for: callers reuse them.
 *
 * @param features row-major, {@code size} × {@code width}
 * @param labels class of each row, in [0, classes), and one of the row's candidates
 * @param candidates the classes that each row may be of; empty: all, for each
 * @param size number of examples, at least 1
 * @param width features of one example
 */
public record MicroBatch(
    float[] features, int[] labels, List<Candidates> candidates, int size, int width) {

  /**
   * @throws IllegalArgumentException if the arrays are too short for {@code size} and {@code
   *     width}, or there are candidates of fewer or more examples
   */
  public MicroBatch {
    if (size < 1 || width < 1) {
      throw new IllegalArgumentException("a micro-batch of " + size + " × " + width);
    }
    if (features.length < (long) size * width || labels.length < size) {
      throw new IllegalArgumentException(
          "a micro-batch of "
              + size
              + " × "
              + width
              + " needs as many features and labels, found "
              + features.length
              + " and "
              + labels.length);
    }
    candidates = List.copyOf(candidates);
    if (!candidates.isEmpty() && candidates.size() != size) {
      throw new IllegalArgumentException(
          "candidates of " + candidates.size() + " examples of " + size);
    }
  }

  /** Examples that may be of any class. */
  public MicroBatch(final float[] features, final int[] labels, final int size, final int width) {
    this(features, labels, List.of(), size, width);
  }
}
