/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.report;

import io.evergrad.operators.evaluation.AccuracyMatrix;
import java.util.List;
import java.util.Locale;

/**
 * A headline figure.
 *
 * @param name what it is called
 * @param value a share, or a loss in nats; NaN if not known
 * @param meaning one sentence
 */
record Figure(String name, double value, String meaning) {

  static List<Figure> of(final AccuracyMatrix matrix) {
    return List.of(
        new Figure(
            "average accuracy",
            matrix.averageAccuracy(),
            "Mean accuracy over all tasks, measured at the end of the stream."),
        new Figure(
            "forgetting",
            matrix.forgetting(),
            "How much accuracy an earlier task has lost by the end, from its best, on average."),
        new Figure(
            "backward transfer",
            matrix.backwardTransfer(),
            "How much later tasks changed the accuracy of earlier ones since these were just "
                + "learned, on average; below zero is a loss."),
        new Figure(
            "learning accuracy",
            matrix.learningAccuracy(),
            "Mean accuracy of each task when it had just been learned."),
        new Figure(
            "average loss",
            matrix.losses().averageLoss(),
            "Mean loss of a prediction over all tasks, in nats, measured at the end of the stream."),
        new Figure(
            "loss forgetting",
            matrix.losses().forgetting(),
            "How much the loss of an earlier task has grown by the end, from its lowest, on "
                + "average, in nats."),
        new Figure(
            "learning loss",
            matrix.losses().learningLoss(),
            "Mean loss of each task when it had just been learned, in nats."));
  }

  String shown() {
    return Double.isNaN(value) ? "–" : String.format(Locale.ROOT, "%.4f", value);
  }
}
