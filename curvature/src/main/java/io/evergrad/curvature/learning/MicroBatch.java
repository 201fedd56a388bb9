/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import io.evergrad.curvature.network.Candidates;
import io.evergrad.curvature.network.FeatureRows;
import java.util.List;
import java.util.Objects;

/**
 * Labelled examples that are learned, or judged, in one step. There may be more rows and labels
 * than {@code size} asks for: callers reuse them.
 *
 * @param rows features, at least {@code size} rows of exactly {@code width}, which is not checked
 * @param labels class of each row, in [0, classes), and one of the row's candidates
 * @param candidates the classes that each row may be of; empty: all, for each
 * @param size number of examples, at least 1
 * @param width features of one example
 */
public record MicroBatch(
    FeatureRows rows, int[] labels, List<Candidates> candidates, int size, int width) {

  /**
   * @throws IllegalArgumentException if size or width is below 1, there are too few labels, or
   *     candidates of fewer or more examples
   */
  public MicroBatch {
    Objects.requireNonNull(rows, "rows");
    if (size < 1 || width < 1) {
      throw new IllegalArgumentException("a micro-batch of " + size + " × " + width);
    }
    if (labels.length < size) {
      throw new IllegalArgumentException(
          "a micro-batch of " + size + " examples with " + labels.length + " labels");
    }
    candidates = List.copyOf(candidates);
    if (!candidates.isEmpty() && candidates.size() != size) {
      throw new IllegalArgumentException(
          "candidates of " + candidates.size() + " examples of " + size);
    }
  }

  /**
   * Examples whose features are floats, row-major.
   *
   * @throws IllegalArgumentException if size or width is below 1, an array is too short for them,
   *     or there are candidates of fewer or more examples
   */
  public MicroBatch(
      final float[] features,
      final int[] labels,
      final List<Candidates> candidates,
      final int size,
      final int width) {
    this(FeatureRows.of(features, width), labels, candidates, size, width);
    if (features.length < (long) size * width) {
      throw new IllegalArgumentException(
          "a micro-batch of " + size + " × " + width + " with " + features.length + " features");
    }
  }

  /** The same, of examples that may be of any class. */
  public MicroBatch(final float[] features, final int[] labels, final int size, final int width) {
    this(features, labels, List.of(), size, width);
  }

  /** A copy of the features as floats, row-major. */
  public float[] features() {
    return rows.toFloats(size, width);
  }
}
