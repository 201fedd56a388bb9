/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store;

/**
 * How far a model has learned.
 *
 * @param steps optimiser steps taken
 * @param examples examples learned
 * @param tasks tasks consolidated
 * @param taskExamples examples learned since the last consolidation
 */
public record TrainingProgress(long steps, long examples, long tasks, long taskExamples) {

  /**
   * @throws IllegalArgumentException if a count is negative
   */
  public TrainingProgress {
    if (steps < 0 || examples < 0 || tasks < 0 || taskExamples < 0) {
      throw new IllegalArgumentException(
          "steps %d, examples %d, tasks %d, taskExamples %d: expected none to be negative"
              .formatted(steps, examples, tasks, taskExamples));
    }
  }
}
