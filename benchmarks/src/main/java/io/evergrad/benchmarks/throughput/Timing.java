/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.throughput;

import io.evergrad.operators.metrics.Progress;
import java.util.List;

/**
 * Examples learned, and how long that took.
 *
 * @param examples at least 1
 * @param seconds above 0
 */
public record Timing(long examples, double seconds) {

  /**
   * @throws IllegalArgumentException if there is nothing to divide
   */
  public Timing {
    if (examples < 1 || !(seconds > 0)) {
      throw new IllegalArgumentException(
          "no examples are left to be timed: give the stream more tasks or examples");
    }
  }

  /**
   * From the first to the last of a job's progress records, by the learner's own clock.
   *
   * @throws IllegalArgumentException if there are fewer than two
   */
  public static Timing of(final List<Progress> progress) {
    return between(progress, 0);
  }

  /**
   * From the end of a job's first task to its last progress record, by the learner's own clock.
   *
   * @throws IllegalArgumentException if there is no second task
   */
  public static Timing afterFirstTask(final List<Progress> progress) {
    final String first = progress.isEmpty() ? "" : progress.get(0).task();
    return between(
        progress, (int) progress.stream().takeWhile(p -> p.task().equals(first)).count() - 1);
  }

  private static Timing between(final List<Progress> progress, final int start) {
    long examples = 0;
    double seconds = 0;
    for (int i = start + 1; i < progress.size(); i++) {
      final long since = progress.get(i).examples() - progress.get(i - 1).examples();
      examples += since;
      seconds += since / progress.get(i).examplesPerSecond();
    }
    return new Timing(examples, seconds);
  }

  /** The rate. */
  public double examplesPerSecond() {
    return examples / seconds;
  }
}
