/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.throughput;

import io.evergrad.benchmarks.measure.Machine;
import io.evergrad.benchmarks.measure.Median;
import io.evergrad.curvature.learning.LearnerSettings;
import java.util.List;

/**
 * What was measured, in the order in which it was.
 *
 * @param settings of the learner, the same everywhere
 * @param load on the machine before the first run, see {@link Machine#load()}
 * @param loop the bare loop
 * @param filled the job, its topic filled before it starts
 * @param sending the job, while the sender fills its topic
 */
public record ThroughputResult(
    LearnerSettings settings,
    double load,
    List<Timing> loop,
    List<Timing> filled,
    List<Timing> sending) {
  /** Share of the bare loop's examples/s that the job has to reach. */
  public static final double REQUIRED = 0.85;

  /** Copies the lists. */
  public ThroughputResult {
    loop = List.copyOf(loop);
    filled = List.copyOf(filled);
    sending = List.copyOf(sending);
  }

  /** Median examples/s. */
  static double median(final List<Timing> timings) {
    return Median.of(timings.stream().mapToDouble(Timing::examplesPerSecond).toArray());
  }

  /** Ratio of the medians of examples/s: of some job to the bare loop. */
  double ratio(final List<Timing> job) {
    return median(job) / median(loop);
  }

  /** Whether the job reaches {@link #REQUIRED}, from examples that are in Kafka. */
  public boolean passed() {
    return ratio(filled) >= REQUIRED;
  }
}
