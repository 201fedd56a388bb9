/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * How many runs are left and how long they may take: each as long as those of the same method so
 * far, or as all, while there are none. Plans may turn out too small. Not thread-safe.
 */
final class Countdown {
  private final Map<String, Integer> planned = new LinkedHashMap<>();
  private final Map<String, Integer> done = new LinkedHashMap<>();
  private final Map<String, Double> seconds = new LinkedHashMap<>();

  void plan(final String method, final int runs) {
    planned.merge(method, runs, Integer::sum);
  }

  void finished(final String method, final double took) {
    done.merge(method, 1, Integer::sum);
    seconds.merge(method, took, Double::sum);
  }

  /** Runs finished. */
  int done() {
    return total(done);
  }

  /** Runs planned, or finished beyond the plan. */
  int planned() {
    return done() + planned.keySet().stream().mapToInt(this::left).sum();
  }

  /** Seconds that the planned runs may still take; empty while none has finished. */
  OptionalDouble secondsLeft() {
    if (done.isEmpty()) {
      return OptionalDouble.empty();
    }
    final double all = seconds.values().stream().mapToDouble(Double::doubleValue).sum() / done();
    return OptionalDouble.of(
        planned.keySet().stream()
            .mapToDouble(
                method ->
                    left(method)
                        * (done.containsKey(method) ? seconds.get(method) / done.get(method) : all))
            .sum());
  }

  private int left(final String method) {
    return Math.max(0, planned.get(method) - done.getOrDefault(method, 0));
  }

  private static int total(final Map<String, Integer> counts) {
    return counts.values().stream().mapToInt(Integer::intValue).sum();
  }
}
