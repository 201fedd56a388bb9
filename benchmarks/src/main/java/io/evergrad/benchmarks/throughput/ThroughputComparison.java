/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.throughput;

import io.evergrad.benchmarks.experiment.Method;
import io.evergrad.benchmarks.measure.Machine;
import io.evergrad.jobs.demo.Demo;
import io.evergrad.jobs.stream.TaskStream;
import io.evergrad.operators.pipeline.TrainingSettings;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * The bare loop and the job, with the same learner on the same stream, by turns in one JVM: once
 * each to warm up, then as often as asked, and the bare loop once more at the end.
 *
 * @param stream the tasks
 * @param method how to learn
 * @param seed of the network
 * @param repetitions counted runs of each, at least 1
 */
public record ThroughputComparison(TaskStream stream, Method method, long seed, int repetitions) {

  /**
   * @throws IllegalArgumentException if there are no repetitions, or fewer than two tasks
   */
  public ThroughputComparison {
    Objects.requireNonNull(stream, "stream");
    Objects.requireNonNull(method, "method");
    if (stream.tasks().size() < 2) {
      throw new IllegalArgumentException(
          "a stream of one task: expected at least 2, as the first is not timed");
    }
    if (repetitions < 1) {
      throw new IllegalArgumentException(repetitions + " repetitions: expected at least 1");
    }
  }

  /**
   * Measures.
   *
   * @param err where to tell how it goes
   * @throws IllegalArgumentException if the stream is too short to be timed
   * @throws Exception if a run fails
   */
  public ThroughputResult run(final PrintWriter err) throws Exception {
    final TrainingSettings training = method.configuration(seed, stream).training();
    final Map<String, String> learning = method.options(seed);
    final BareLoop loop = new BareLoop(training.learner());
    final Pipeline filled = new Pipeline(learning, Demo.Feed.BEFOREHAND);
    final Pipeline sending = new Pipeline(learning, Demo.Feed.ALONGSIDE);
    final double load = Machine.load();
    final List<LoopTiming> loops = new ArrayList<>();
    final List<Timing> filleds = new ArrayList<>();
    final List<Timing> sendings = new ArrayList<>();
    for (int repetition = 0; repetition <= repetitions; repetition++) {
      final String which =
          repetition == 0 ? "warm-up" : "repetition " + repetition + " of " + repetitions;
      final LoopTiming bare = told(err, which, loop.run(stream));
      final Timing beforehand = told(err, which, "topic filled beforehand", filled.run(stream));
      final Timing alongside = told(err, which, "while the sender runs", sending.run(stream));
      if (repetition > 0) {
        loops.add(bare);
        filleds.add(beforehand);
        sendings.add(alongside);
      }
    }
    loops.add(told(err, "at the end", loop.run(stream)));
    return new ThroughputResult(training.learner(), load, loops, filleds, sendings);
  }

  private static LoopTiming told(final PrintWriter err, final String which, final LoopTiming loop) {
    told(err, which, "bare loop", loop.learning());
    return loop;
  }

  private static Timing told(
      final PrintWriter err, final String which, final String what, final Timing timing) {
    err.printf(Locale.ROOT, "%s, %s: %,.0f examples/s%n", which, what, timing.examplesPerSecond());
    err.flush();
    return timing;
  }
}
