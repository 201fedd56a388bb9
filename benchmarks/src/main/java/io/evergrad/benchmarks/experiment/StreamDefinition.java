/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import io.evergrad.jobs.data.IdxDataset;
import io.evergrad.jobs.stream.KeyedRecord;
import io.evergrad.jobs.stream.Scenario;
import io.evergrad.jobs.stream.TaskStream;
import java.util.Objects;

/**
 * Which stream of tasks a data set is made into.
 *
 * @param scenario how the tasks differ
 * @param tasks number of tasks
 * @param examplesPerTask examples to learn of each task; 0: all of them, once
 * @param heldOut images that are judged by, the first of those held out; 0: all of them
 * @param joint whether the examples of all tasks are mixed, as if there were but one
 */
public record StreamDefinition(
    Scenario scenario, int tasks, int examplesPerTask, int heldOut, boolean joint) {

  /**
   * @throws IllegalArgumentException if a number is out of range; whether the data fit, {@link
   *     #stream} tells
   */
  public StreamDefinition {
    Objects.requireNonNull(scenario, "scenario");
    if (tasks < 1 || examplesPerTask < 0 || heldOut < 0) {
      throw new IllegalArgumentException(
          "%d tasks of %d examples, %d held out: expected at least one task, and no number below 0"
              .formatted(tasks, examplesPerTask, heldOut));
    }
  }

  /** The same with the examples of all tasks mixed, or not. */
  public StreamDefinition joint(final boolean mixed) {
    return new StreamDefinition(scenario, tasks, examplesPerTask, heldOut, mixed);
  }

  /**
   * The tasks, one after the other.
   *
   * @param seed of everything drawn
   * @throws IllegalArgumentException if the numbers do not fit the data
   */
  public TaskStream stream(final IdxDataset data, final long seed) {
    return new TaskStream(fewer(data), scenario, tasks, examplesPerTask, seed);
  }

  /**
   * What is learned: the tasks one after the other, or mixed.
   *
   * @param stream of this definition
   * @param seed that it was made with
   */
  Iterable<KeyedRecord> records(final TaskStream stream, final long seed) {
    return joint ? new JointStream(stream, seed) : stream;
  }

  private IdxDataset fewer(final IdxDataset data) {
    return heldOut == 0 || heldOut >= data.heldOut().size()
        ? data
        : new IdxDataset(data.train(), data.heldOut().slice(0, heldOut));
  }
}
