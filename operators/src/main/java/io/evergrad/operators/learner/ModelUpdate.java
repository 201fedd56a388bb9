/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.learner;

import io.evergrad.curvature.learning.LearnerSnapshot;
import java.util.Collections;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A learner's whole state at one point of the stream.
 *
 * @param model the model's name
 * @param task the task being learned, or just ended; empty between tasks
 * @param taskEnd whether that task has just ended and been consolidated
 * @param tasksEnded tasks ended so far, this one included
 * @param heldOut held-out examples that preceded this point, by task
 * @param offsets the next offset to read, by Kafka partition ("topic-0")
 * @param snapshot parameters, preconditioner and precision
 */
public record ModelUpdate(
    String model,
    String task,
    boolean taskEnd,
    long tasksEnded,
    SortedMap<String, Long> heldOut,
    SortedMap<String, Long> offsets,
    LearnerSnapshot snapshot) {

  /** Copies the maps. */
  public ModelUpdate {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(task, "task");
    Objects.requireNonNull(snapshot, "snapshot");
    heldOut = Collections.unmodifiableSortedMap(new TreeMap<>(heldOut));
    offsets = Collections.unmodifiableSortedMap(new TreeMap<>(offsets));
  }
}
