/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.consolidation;

import io.evergrad.operators.learner.ModelUpdate;
import java.util.Objects;

/**
 * A model as the Consolidator has adopted it: what is published.
 *
 * @param number counts a model's rounds from 1
 * @param update the learner's state at that point
 */
public record Round(long number, ModelUpdate update) {

  /**
   * @throws IllegalArgumentException if the number is below 1
   */
  public Round {
    Objects.requireNonNull(update, "update");
    if (number < 1) {
      throw new IllegalArgumentException("round " + number + ": expected at least 1");
    }
  }
}
