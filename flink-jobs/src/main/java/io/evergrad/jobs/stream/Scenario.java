/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.stream;

/** How the tasks of a stream differ. */
public enum Scenario {
  /** Task 1 is the data set; every later task shuffles the pixels by a permutation of its own. */
  PERMUTED,
  /** The k-th of T tasks turns the images by (k − 1)·180/T degrees, counter-clockwise. */
  ROTATED,
  /**
   * Domain-incremental: each task has classes of its own, a label is the class's index within its
   * task, and so all tasks share the same few outputs.
   */
  SPLIT,
  /**
   * Task-incremental: each task has classes of its own, labels are those of the data set, and an
   * example may be of its task's classes only: outputs of its own for each task.
   */
  SPLIT_TASK;

  /** Whether each task has classes of its own. */
  boolean splits() {
    return this == SPLIT || this == SPLIT_TASK;
  }
}
