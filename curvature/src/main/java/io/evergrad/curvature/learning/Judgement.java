/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

/**
 * How well a network predicts some examples, without learning them.
 *
 * @param predictions how many it made
 * @param correct how many of them are right
 * @param loss their cross-entropy, summed, in nats; NaN if one is
 */
public record Judgement(long predictions, long correct, double loss) {
  /** Of no examples. */
  public static final Judgement NONE = new Judgement(0, 0, 0);

  /** Of the examples of both. */
  public Judgement plus(final Judgement other) {
    return new Judgement(
        predictions + other.predictions, correct + other.correct, loss + other.loss);
  }

  /** Mean cross-entropy of a prediction, in nats; NaN where there is none. */
  public double meanLoss() {
    return loss / predictions;
  }
}
