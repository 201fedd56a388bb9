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
          "nothing is left to be timed after the first steps: give the stream more examples");
    }
  }

  /**
   * From the first to the last of a job's progress records, by the learner's own clock.
   *
   * @throws IllegalArgumentException if there are fewer than two
   */
  public static Timing of(final List<Progress> progress) {
    long examples = 0;
    double seconds = 0;
    for (int i = 1; i < progress.size(); i++) {
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
