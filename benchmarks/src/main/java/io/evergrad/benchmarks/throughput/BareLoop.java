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
 * <p>Timed are its steps, and what it does at ends of tasks: not making the micro-batches, not
 * evaluating. The first task is learned but not timed, as in the job.
 *
 * @param settings how to learn
 */
record BareLoop(LearnerSettings settings) {

  BareLoop {
    Objects.requireNonNull(settings, "settings");
  }

  /** Learns a stream. */
  LoopTiming run(final TaskStream stream) {
    final Clock clock = new Clock();
    try (OnlineLearner learner = OnlineLearner.create(settings)) {
      final MicroBatches task = new MicroBatches(settings.batchSize(), settings.network().inputs());
      for (final KeyedRecord record : stream) {
        final var value = record.value();
        if (value.hasTaskEnd()) {
          clock.learn(learner, task.take());
        } else if (!value.getExample().getHeldOut()) {
          task.add(value.getExample());
        }
      }
    }
    return clock.timing();
  }

  private static final class Clock {
    private int tasks;
    private long examples;
    private long steps;
    private long ends;

    void learn(final OnlineLearner learner, final List<MicroBatch> task) {
      final long start = System.nanoTime();
      task.forEach(learner::step);
      final long learned = System.nanoTime();
      learner.endTask();
      final long ended = System.nanoTime();
      if (tasks++ > 0) {
        examples += task.stream().mapToLong(MicroBatch::size).sum();
        steps += learned - start;
        ends += ended - learned;
      }
    }

    LoopTiming timing() {
      return new LoopTiming(examples, steps / 1e9, ends / 1e9);
    }
  }
}
