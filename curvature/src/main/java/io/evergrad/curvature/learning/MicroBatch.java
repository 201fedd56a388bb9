/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

/**
 * Labelled examples that are learned, or judged, in one step. The arrays may be longer than {@code
 * size} asks for: callers reuse them.
 *
 * @param features row-major, {@code size} × {@code width}
 * @param labels class of each row, in [0, classes)
 * @param size number of examples, at least 1
 * @param width features of one example
 */
public record MicroBatch(float[] features, int[] labels, int size, int width) {

  /**
   * @throws IllegalArgumentException if the arrays are too short for {@code size} and {@code width}
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
  }
}
