/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.metrics;

import java.util.Objects;

/**
 * How learning goes on, over the examples since the previous progress record. Every example is
 * judged before it is learned.
 *
 * @param model the model's name
 * @param task the task being learned
 * @param step steps taken so far
 * @param examples examples learned so far
 * @param accuracy share of the predictions that were right, in [0, 1]
 * @param loss mean cross-entropy of a prediction in nats; NaN once learning has diverged
 * @param examplesPerSecond by the wall clock; for eyes only
 */
public record Progress(
    String model,
    String task,
    long step,
    long examples,
    double accuracy,
    double loss,
    double examplesPerSecond)
    implements Metric {

  /** Refuses what is missing. */
  public Progress {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(task, "task");
  }
}
