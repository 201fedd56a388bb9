/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.learner;

import io.evergrad.curvature.learning.StepResult;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;

/**
 * A learner's metrics, in the group {@code evergrad}: {@code examplesLearned}, {@code
 * examplesHeldOut}, {@code steps}, {@code tasksEnded}, {@code dampingRetries} (how often damping
 * had to grow before a curvature's power was finite), {@code loss} (mean of the last step's
 * predictions, in nats) and {@code prequentialAccuracy} (share of them that were right).
 */
final class LearnerMetrics {
  private final Counter learned;
  private final Counter held;
  private final Counter steps;
  private final Counter tasksEnded;
  private final Counter dampingRetries;
  private volatile double loss = Double.NaN;
  private volatile double accuracy = Double.NaN;

  LearnerMetrics(final MetricGroup operator) {
    final MetricGroup metrics = operator.addGroup("evergrad");
    learned = metrics.counter("examplesLearned");
    held = metrics.counter("examplesHeldOut");
    steps = metrics.counter("steps");
    tasksEnded = metrics.counter("tasksEnded");
    dampingRetries = metrics.counter("dampingRetries");
    metrics.gauge("loss", (Gauge<Double>) () -> loss);
    metrics.gauge("prequentialAccuracy", (Gauge<Double>) () -> accuracy);
  }

  void step(final StepResult result) {
    learned.inc(result.examples());
    steps.inc();
    dampingRetries.inc(result.dampingRetries());
    loss = result.loss();
    accuracy = (double) result.correct() / result.predictions();
  }

  void heldOut() {
    held.inc();
  }

  void taskEnded() {
    tasksEnded.inc();
  }
}
