/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How much is left to do and how long it may take: a unit of work as long as those of the same
 * method so far, or as all, while there are none. Plans may turn out too small. Not thread-safe.
 */
final class Countdown {
  private final Map<String, Tally> planned = new LinkedHashMap<>();
  private final Map<String, Tally> done = new LinkedHashMap<>();
  private final Map<String, Tally> timed = new LinkedHashMap<>();

  /** Runs, their work and their seconds. */
  private record Tally(int runs, double work, double seconds) {
    private static final Tally NONE = new Tally(0, 0, 0);

    Tally plus(final Tally other) {
      return new Tally(runs + other.runs, work + other.work, seconds + other.seconds);
    }

    double rate() {
      return seconds / work;
    }
  }

  /** Counts a run that is to come. */
  void plan(final String method, final double work) {
    planned.merge(method, new Tally(1, work, 0), Tally::plus);
  }

  /** Takes a time that was measured elsewhere, such as in an earlier run. */
  void learn(final String method, final double work, final double took) {
    timed.merge(method, new Tally(1, work, took), Tally::plus);
  }

  /** A run has finished. */
  void finished(final String method, final double work, final double took) {
    done.merge(method, new Tally(1, work, took), Tally::plus);
    learn(method, work, took);
  }

  /** Runs finished. */
  int done() {
    return total(done).runs();
  }

  /** Runs planned, or finished beyond the plan. */
  int planned() {
    return planned.keySet().stream()
            .mapToInt(method -> Math.max(0, planned.get(method).runs() - finished(method).runs()))
            .sum()
        + done();
  }

  /** Whether a time of the method is known. */
  boolean knows(final String method) {
    return timed.containsKey(method);
  }

  /** Seconds of computing that work may take; NaN while nothing is timed. */
  double seconds(final String method, final double work) {
    return work * (knows(method) ? timed.get(method) : total(timed)).rate();
  }

  /** Seconds of computing that the planned runs may still take; NaN while nothing is timed. */
  double secondsLeft() {
    return planned.keySet().stream()
        .mapToDouble(
            method ->
                seconds(method, Math.max(0, planned.get(method).work() - finished(method).work())))
        .sum();
  }

  private Tally finished(final String method) {
    return done.getOrDefault(method, Tally.NONE);
  }

  private static Tally total(final Map<String, Tally> tallies) {
    return tallies.values().stream().reduce(Tally.NONE, Tally::plus);
  }
}
