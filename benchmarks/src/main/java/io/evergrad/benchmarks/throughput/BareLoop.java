/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.throughput;

import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.learning.MicroBatch;
import io.evergrad.curvature.learning.OnlineLearner;
import io.evergrad.jobs.stream.KeyedRecord;
import io.evergrad.jobs.stream.TaskStream;
import java.util.List;
import java.util.Objects;

/**
 * The learner alone, in this thread, fed with micro-batches that are in memory as floats already.
 *
 * <p>Timed are its steps and nothing else: not making the micro-batches, not consolidating the
 * precision at ends of tasks, not evaluating. The first task is learned but not timed, as in the
 * job.
 *
 * @param settings how to learn
 */
record BareLoop(LearnerSettings settings) {

  BareLoop {
    Objects.requireNonNull(settings, "settings");
  }

  /** Learns a stream. */
  Timing run(final TaskStream stream) {
    final Clock clock = new Clock();
    try (OnlineLearner learner = OnlineLearner.create(settings)) {
      final MicroBatches task = new MicroBatches(settings.batchSize(), settings.network().inputs());
      for (final KeyedRecord record : stream) {
        final var value = record.value();
        if (value.hasTaskEnd()) {
          clock.steps(learner, task.take());
          learner.endTask();
        } else if (!value.getExample().getHeldOut()) {
          task.add(value.getExample());
        }
      }
    }
    return new Timing(clock.examples, clock.nanos / 1e9);
  }

  private static final class Clock {
    private int tasks;
    private long examples;
    private long nanos;

    void steps(final OnlineLearner learner, final List<MicroBatch> task) {
      final long start = System.nanoTime();
      task.forEach(learner::step);
      if (tasks++ > 0) {
        examples += task.stream().mapToLong(MicroBatch::size).sum();
        nanos += System.nanoTime() - start;
      }
    }
  }
}
