/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.evaluation;

import io.evergrad.curvature.network.NetworkSpec;
import java.io.Serializable;
import java.util.Objects;

/**
 * How models are evaluated.
 *
 * @param network the network
 * @param limit held-out examples kept of each task, at least 1; a seeded sample beyond
 * @param batchSize predictions made at once, at least 1; never less than one example's
 * @param seed of the sample
 */
public record EvaluatorOptions(NetworkSpec network, int limit, int batchSize, long seed)
    implements Serializable {

  /**
   * @throws IllegalArgumentException if a number is out of range, naming it
   */
  public EvaluatorOptions {
    Objects.requireNonNull(network, "network");
    if (limit < 1) {
      throw new IllegalArgumentException("held-out limit " + limit + ": expected at least 1");
    }
    if (batchSize < 1) {
      throw new IllegalArgumentException(
          "evaluation batch size " + batchSize + ": expected at least 1");
    }
  }
}
