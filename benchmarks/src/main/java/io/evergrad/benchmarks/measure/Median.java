/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.measure;

import java.util.Arrays;

/** Medians. */
public final class Median {
  private Median() {}

  /**
   * The middle value, or the mean of the two in the middle; NaN if any value is NaN, as a run that
   * failed may not be left out.
   *
   * @throws IllegalArgumentException if there are no values
   */
  public static double of(final double... values) {
    if (values.length == 0) {
      throw new IllegalArgumentException("the median of no values: expected at least one");
    }
    final double[] sorted = values.clone();
    Arrays.sort(sorted);
    if (Double.isNaN(sorted[sorted.length - 1])) {
      return Double.NaN;
    }
    final int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
