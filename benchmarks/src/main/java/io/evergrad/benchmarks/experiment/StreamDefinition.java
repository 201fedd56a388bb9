/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.evergrad.jobs.data.IdxDataset;
import io.evergrad.jobs.stream.KeyedRecord;
import io.evergrad.jobs.stream.Scenario;
import io.evergrad.jobs.stream.TaskStream;

/**
 * Which stream of tasks images, or texts, are made into.
 *
 * @param scenario how the tasks of images differ; null of texts, each of which is a task
 * @param tasks number of tasks
 * @param examplesPerTask examples to learn of each task; 0: all of them, once
 * @param heldOut what is judged by, the first of those held out: images in all, windows of each
 *     text; 0: all of them
 * @param joint whether the examples of all tasks are mixed, as if there were but one
 * @param texts whether it is of texts; where nothing is said of it, it is of images
 */
public record StreamDefinition(
    @JsonInclude(JsonInclude.Include.NON_NULL) Scenario scenario,
    int tasks,
    int examplesPerTask,
    int heldOut,
    boolean joint,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean texts) {

  /**
   * @throws IllegalArgumentException if a number is out of range, or images have no scenario, or
   *     texts have one; whether the data fit, {@link Material#stream} tells
   */
  public StreamDefinition {
    if (texts == (scenario != null)) {
      throw new IllegalArgumentException(
          "a stream of "
              + (texts ? "texts with scenario " + scenario : "images without a scenario")
              + ": expected a scenario, or texts: true, and not both");
    }
    if (tasks < 1 || examplesPerTask < 0 || heldOut < 0) {
      throw new IllegalArgumentException(
          "%d tasks of %d examples, %d held out: expected at least one task, and no number below 0"
              .formatted(tasks, examplesPerTask, heldOut));
    }
  }

  /** A stream of images. */
  public static StreamDefinition ofImages(
      final Scenario scenario,
      final int tasks,
      final int examplesPerTask,
      final int heldOut,
      final boolean joint) {
    return new StreamDefinition(scenario, tasks, examplesPerTask, heldOut, joint, false);
  }

  /** A stream of texts, one after the other. */
  public static StreamDefinition ofTexts(
      final int tasks, final int examplesPerTask, final int heldOut) {
    return new StreamDefinition(null, tasks, examplesPerTask, heldOut, false, true);
  }

  /** The same with the examples of all tasks mixed, or not. */
  public StreamDefinition joint(final boolean mixed) {
    return new StreamDefinition(scenario, tasks, examplesPerTask, heldOut, mixed, texts);
  }

  /** The same of so many tasks, and so many examples to learn of each. */
  public StreamDefinition of(final int number, final int examples) {
    return new StreamDefinition(scenario, number, examples, heldOut, joint, texts);
  }

  /** The same of two tasks at most, and with other numbers of examples. */
  public StreamDefinition brief(final int examples, final int judgedBy) {
    return new StreamDefinition(scenario, Math.min(2, tasks), examples, judgedBy, joint, texts);
  }

  /**
   * The tasks of images, one after the other.
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
