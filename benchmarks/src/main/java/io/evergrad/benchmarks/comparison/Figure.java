/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

import io.evergrad.benchmarks.experiment.Outcome;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** A number that an outcome is judged by. */
public enum Figure {
  /** Mean accuracy over all tasks at the end; of one task, its test accuracy. */
  AVERAGE_ACCURACY("average accuracy", true, "%.4f", Outcome::averageAccuracy),
  /** Best accuracy before the end minus the one at the end, over all tasks but the last. */
  FORGETTING("forgetting", false, "%.4f", Outcome::forgetting),
  /** Accuracy at the end minus the one when just learned, over all tasks but the last. */
  BACKWARD_TRANSFER("backward transfer", true, "%.4f", Outcome::backwardTransfer),
  /** Accuracy of each task when just learned. */
  LEARNING_ACCURACY("learning accuracy", true, "%.4f", Outcome::learningAccuracy),
  /** Mean loss of the first 100 steps, each before the step, in nats. */
  EARLY_LOSS("loss of the first 100 steps", false, "%.4f", Outcome::earlyLoss),
  /** Mean held-out loss over all tasks at the end, in nats. */
  AVERAGE_LOSS("average loss in nats", false, "%.4f", Outcome::averageLoss),
  /** Loss at the end minus the lowest before, over all tasks but the last, in nats. */
  LOSS_INCREASE("forgetting in nats", false, "%.4f", Outcome::lossIncrease),
  /** Mean held-out loss of each task when just learned, in nats. */
  LEARNING_LOSS("learning loss in nats", false, "%.4f", Outcome::learningLoss),
  /** Examples until a measurement is at or above the target. */
  EXAMPLES_TO_TARGET(
      "examples to " + Figure.TARGET, false, "%,.0f", o -> o.examplesTo(Figure.TARGET)),
  /** Examples learned in a second of one processor; evaluating does not count. */
  EXAMPLES_PER_SECOND("examples/s of a core", true, "%,.0f", Outcome::examplesPerSecond),
  /** Seconds of the whole run by the clock, evaluations included. */
  SECONDS("seconds", false, "%.1f", Outcome::seconds);

  /** Test accuracy of {@link #EXAMPLES_TO_TARGET}. */
  static final double TARGET = 0.85;

  private final String label;
  private final boolean more;
  private final String format;
  private final ToDoubleFunction<Outcome> of;

  Figure(
      final String label,
      final boolean more,
      final String format,
      final ToDoubleFunction<Outcome> of) {
    this.label = label;
    this.more = more;
    this.format = format;
    this.of = of;
  }

  /** What tables call it. */
  String label() {
    return label;
  }

  /** The number; NaN if it is not known. */
  double of(final Outcome outcome) {
    return of.applyAsDouble(outcome);
  }

  /**
   * By how much the first is better, below 0 if it is worse. NaN, as of a method that diverged, is
   * worse than anything.
   */
  double lead(final double first, final double second) {
    if (Double.isNaN(first)) {
      return Double.NEGATIVE_INFINITY;
    }
    if (Double.isNaN(second)) {
      return Double.POSITIVE_INFINITY;
    }
    return first == second ? 0 : more ? first - second : second - first;
  }

  /** For people. */
  String show(final double value) {
    return Double.isNaN(value)
        ? "–"
        : Double.isInfinite(value) ? "never" : String.format(Locale.ROOT, format, value);
  }
}
