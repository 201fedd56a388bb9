/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cost;

import io.evergrad.benchmarks.measure.Median;
import java.util.ArrayList;
import java.util.List;

/**
 * What the slices of a period take, over many periods. Not all slices do the same work, so each has
 * a median of its own.
 */
final class PeriodTimes {
  private final List<List<Double>> slices = new ArrayList<>();

  /**
   * Of no periods yet.
   *
   * @param slices of a period
   */
  PeriodTimes(final int slices) {
    for (int i = 0; i < slices; i++) {
      this.slices.add(new ArrayList<>());
    }
  }

  /**
   * Takes a time.
   *
   * @param slice counted from the start of any period
   */
  void add(final int slice, final double time) {
    slices.get(slice % slices.size()).add(time);
  }

  /** How often each slice was timed, at least. */
  int periods() {
    return slices.stream().mapToInt(List::size).min().orElse(0);
  }

  /** The mean over a period's slices, each at its median; NaN where one was not timed. */
  double mean() {
    return slices.stream()
        .mapToDouble(times -> times.isEmpty() ? Double.NaN : median(times))
        .average()
        .orElse(Double.NaN);
  }

  private static double median(final List<Double> times) {
    return Median.of(times.stream().mapToDouble(Double::doubleValue).toArray());
  }
}
