/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.throughput;

import io.evergrad.benchmarks.measure.Machine;
import io.evergrad.benchmarks.measure.Median;
import io.evergrad.curvature.learning.LearnerSettings;
import java.util.List;
import java.util.function.Function;

/**
 * What was measured, in the order in which it was.
 *
 * @param settings of the learner, the same everywhere
 * @param load on the machine before the first run, see {@link Machine#load()}
 * @param loop the bare loop, before each repetition and after the last
 * @param filled the job, its topic filled before it starts, once a repetition
 * @param sending the job, while the sender fills its topic, once a repetition
 */
public record ThroughputResult(
    LearnerSettings settings,
    double load,
    List<LoopTiming> loop,
    List<Timing> filled,
    List<Timing> sending) {
  /** Share of the bare loop's examples/s that the job has to reach. */
  public static final double REQUIRED = 0.85;

  /**
   * Copies the lists.
   *
   * @throws IllegalArgumentException if they are not of the same repetitions
   */
  public ThroughputResult {
    loop = List.copyOf(loop);
    filled = List.copyOf(filled);
    sending = List.copyOf(sending);
    if (filled.isEmpty() || sending.size() != filled.size() || loop.size() != filled.size() + 1) {
      throw new IllegalArgumentException(
          "%d and %d runs of the job and %d of the bare loop: expected as many of both, and one more of the loop"
              .formatted(filled.size(), sending.size(), loop.size()));
    }
  }

  /** Median examples/s. */
  static double median(final List<Timing> timings) {
    return Median.of(timings.stream().mapToDouble(Timing::examplesPerSecond).toArray());
  }

  /**
   * Examples/s of each run of a job, as a part of what the bare loop reached before and after its
   * repetition: a machine that is slower for a while is so for both.
   */
  double[] ratios(final List<Timing> job) {
    return ratios(job, LoopTiming::learning);
  }

  /** The same to its steps alone. */
  double[] ratiosToSteps(final List<Timing> job) {
    return ratios(job, LoopTiming::steps);
  }

  private double[] ratios(final List<Timing> job, final Function<LoopTiming, Timing> of) {
    final double[] rates = loop.stream().map(of).mapToDouble(Timing::examplesPerSecond).toArray();
    final double[] ratios = new double[job.size()];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = job.get(i).examplesPerSecond() / ((rates[i] + rates[i + 1]) / 2);
    }
    return ratios;
  }

  /** Median of {@link #ratios}. */
  double ratio(final List<Timing> job) {
    return Median.of(ratios(job));
  }

  /** Whether the job reaches {@link #REQUIRED}, from examples that are in Kafka. */
  public boolean passed() {
    return ratio(filled) >= REQUIRED;
  }
}
