/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.learner;

import io.evergrad.curvature.learning.Share;
import io.evergrad.curvature.learning.TaskEvidence;
import java.util.Objects;
import java.util.Optional;

/**
 * What one of several learners of a model hands in.
 *
 * @param learner its index, from 0
 * @param task the task that it has learned
 * @param share what it has learned since it last handed in, if anything
 * @param end where it has ended its part of the task: what that part leaves for the precision
 * @param counts how far it has read
 */
public record Contribution(
    int learner,
    String task,
    Optional<Share> share,
    Optional<TaskEvidence> end,
    LearnerCounts counts) {

  /**
   * @throws IllegalArgumentException if the index is negative
   */
  public Contribution {
    Objects.requireNonNull(task, "task");
    Objects.requireNonNull(share, "share");
    Objects.requireNonNull(end, "end");
    Objects.requireNonNull(counts, "counts");
    if (learner < 0) {
      throw new IllegalArgumentException("learner " + learner + ": expected at least 0");
    }
  }
}
