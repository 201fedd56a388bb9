/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.consolidation;

import io.evergrad.curvature.learning.LearnerSettings;
import java.io.Serializable;
import java.util.Objects;

/**
 * How a model's learners are merged.
 *
 * @param model the model's name
 * @param settings network, learning rule and protection, as of the learners
 * @param learners how many there are
 * @param mergeInterval steps from one hand-in of a learner to the next
 * @param updateInterval steps of all learners from one model update within a task to the next; 0:
 *     at ends of tasks only
 */
public record MergerOptions(
    String model, LearnerSettings settings, int learners, long mergeInterval, long updateInterval)
    implements Serializable {

  /**
   * @throws IllegalArgumentException if a number is out of range
   */
  public MergerOptions {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(settings, "settings");
    if (learners < 1 || mergeInterval < 1 || updateInterval < 0) {
      throw new IllegalArgumentException(
          learners
              + " learners, merge interval "
              + mergeInterval
              + ", update interval "
              + updateInterval
              + ": expected at least 1, 1 and 0");
    }
  }

  /** Examples handed in from which on they are merged: one hand-in a learner. */
  long mergeExamples() {
    return learners * mergeInterval * settings.batchSize();
  }
}
