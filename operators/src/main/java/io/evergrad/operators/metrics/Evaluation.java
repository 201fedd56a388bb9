/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.metrics;

import java.util.Objects;

/**
 * How a model does on one task's held-out examples, at the end of a task.
 *
 * @param model the model's name
 * @param afterTask the task that had just ended
 * @param afterTasks tasks ended until then, at least 1
 * @param task the task evaluated
 * @param correct predictions that are right
 * @param examples examples evaluated, at least 1
 * @param predictions made of them, at least one each
 * @param loss mean cross-entropy of a prediction in nats; NaN if it is not known, or not finite
 */
public record Evaluation(
    String model,
    String afterTask,
    long afterTasks,
    String task,
    long correct,
    long examples,
    long predictions,
    double loss)
    implements Metric {

  /**
   * @throws IllegalArgumentException if a count is out of range
   */
  public Evaluation {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(afterTask, "afterTask");
    Objects.requireNonNull(task, "task");
    if (afterTasks < 1) {
      throw new IllegalArgumentException("after " + afterTasks + " tasks: expected at least 1");
    }
    if (examples < 1 || predictions < examples) {
      throw new IllegalArgumentException(
          predictions + " predictions of " + examples + " examples: expected at least one of each");
    }
    if (correct < 0 || correct > predictions) {
      throw new IllegalArgumentException(correct + " of " + predictions + " predictions are right");
    }
  }

  /** Share of the predictions that are right, in [0, 1]. */
  public double accuracy() {
    return (double) correct / predictions;
  }
}
