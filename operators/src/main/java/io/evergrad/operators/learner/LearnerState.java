/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.learner;

import io.evergrad.curvature.learning.LearnerSnapshot;
import io.evergrad.curvature.network.Candidates;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All that a learner's subtask needs to go on, bit for bit, from where it was.
 *
 * @param snapshot the learner itself
 * @param features of the examples taken into the micro-batch but not yet learned, row-major
 * @param labels of the same examples
 * @param candidates of the same examples
 * @param task the task being learned; empty between tasks
 * @param tasksEnded tasks ended so far
 * @param heldOut held-out examples passed so far, by task
 * @param offsets the next offset to read, by Kafka partition ("topic-0")
 * @param window what the next progress record will be about
 */
public record LearnerState(
    LearnerSnapshot snapshot,
    float[] features,
    int[] labels,
    List<Candidates> candidates,
    String task,
    long tasksEnded,
    SortedMap<String, Long> heldOut,
    SortedMap<String, Long> offsets,
    Window window) {

  /**
   * Sums over the examples since the last progress record.
   *
   * @param examples how many
   * @param correct how many predictions of them were right
   * @param loss a prediction's mean in nats, summed over examples
   */
  public record Window(long examples, long correct, double loss) {
    static final Window EMPTY = new Window(0, 0, 0);

    Window plus(final io.evergrad.curvature.learning.StepResult step) {
      return new Window(
          examples + step.examples(),
          correct + step.correct(),
          loss + step.loss() * step.examples());
    }
  }

  /**
   * Copies the maps and the list; the arrays are shared.
   *
   * @throws IllegalArgumentException if labels and candidates are not of as many examples
   */
  public LearnerState {
    Objects.requireNonNull(snapshot, "snapshot");
    Objects.requireNonNull(task, "task");
    Objects.requireNonNull(window, "window");
    candidates = List.copyOf(candidates);
    if (candidates.size() != labels.length) {
      throw new IllegalArgumentException(
          "candidates of " + candidates.size() + " examples of " + labels.length);
    }
    heldOut = Collections.unmodifiableSortedMap(new TreeMap<>(heldOut));
    offsets = Collections.unmodifiableSortedMap(new TreeMap<>(offsets));
  }

  /** The state at the start of a job that goes on from a snapshot: no examples taken yet. */
  public static LearnerState at(final LearnerSnapshot snapshot) {
    return new LearnerState(
        snapshot,
        new float[0],
        new int[0],
        List.of(),
        "",
        snapshot.tasks(),
        new TreeMap<>(),
        new TreeMap<>(),
        Window.EMPTY);
  }
}
