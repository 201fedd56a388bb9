/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.consolidation;

import io.evergrad.curvature.learning.HostTensor;
import io.evergrad.operators.learner.ModelUpdate;
import java.util.Collections;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Asks for a model to be evaluated at the end of a task.
 *
 * @param model the model's name
 * @param afterTask the task that has just ended
 * @param afterTasks tasks ended until then
 * @param heldOut how many held-out examples of each task preceded that point of the stream: the
 *     ones to evaluate
 * @param parameters θ, by tensor name
 */
public record EvaluationRequest(
    String model,
    String afterTask,
    long afterTasks,
    SortedMap<String, Long> heldOut,
    SortedMap<String, HostTensor> parameters) {

  /** Copies the maps. */
  public EvaluationRequest {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(afterTask, "afterTask");
    heldOut = Collections.unmodifiableSortedMap(new TreeMap<>(heldOut));
    parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
  }

  /** The request for an update that ended a task. */
  static EvaluationRequest of(final ModelUpdate update) {
    return new EvaluationRequest(
        update.model(),
        update.task(),
        update.tasksEnded(),
        update.heldOut(),
        update.snapshot().model());
  }
}
