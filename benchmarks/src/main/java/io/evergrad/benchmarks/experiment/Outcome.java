/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import io.evergrad.operators.evaluation.AccuracyMatrix;
import io.evergrad.operators.evaluation.LossMatrix;
import java.util.Arrays;
import java.util.List;

/**
 * What came of an experiment. If learning diverged, the figures are NaN and there are none of
 * single tasks.
 *
 * @param averageAccuracy mean accuracy over all tasks at the end, in [0, 1]
 * @param forgetting mean, over all tasks but the last, of the best accuracy before the end minus
 *     the one at the end
 * @param backwardTransfer mean, over all tasks but the last, of the accuracy at the end minus the
 *     one when just learned
 * @param learningAccuracy mean accuracy of each task when just learned
 * @param earlyLoss mean loss in nats over the first {@link LoopTrainer#EARLY_STEPS} steps, each
 *     before the step; NaN if there were fewer
 * @param averageLoss mean loss in nats over all tasks at the end
 * @param lossIncrease mean, over all tasks but the last, of the loss at the end minus the lowest
 *     before, in nats
 * @param learningLoss mean loss in nats of each task when just learned
 * @param finalAccuracies of each task, at the end
 * @param finalLosses of each task, at the end, in nats
 * @param curve mean accuracy over the tasks held out so far, on the way
 * @param learningSeconds of one processor that steps and consolidations took
 * @param examplesPerSecond examples learned in one of these seconds
 * @param seconds that all of it took by the clock, evaluations included
 */
public record Outcome(
    double averageAccuracy,
    double forgetting,
    double backwardTransfer,
    double learningAccuracy,
    double earlyLoss,
    double averageLoss,
    double lossIncrease,
    double learningLoss,
    List<Double> finalAccuracies,
    List<Double> finalLosses,
    List<CurvePoint> curve,
    double learningSeconds,
    double examplesPerSecond,
    double seconds) {

  /** Copies the lists. */
  public Outcome {
    finalAccuracies = List.copyOf(finalAccuracies);
    finalLosses = List.copyOf(finalLosses);
    curve = List.copyOf(curve);
  }

  /** The figures of a training. */
  static Outcome of(final Training training, final double seconds) {
    final AccuracyMatrix accuracies = training.matrix();
    final LossMatrix losses = accuracies.losses();
    return new Outcome(
        accuracies.averageAccuracy(),
        accuracies.forgetting(),
        accuracies.backwardTransfer(),
        accuracies.learningAccuracy(),
        training.earlyLoss(),
        losses.averageLoss(),
        losses.forgetting(),
        losses.learningLoss(),
        last(accuracies.values()),
        last(losses.values()),
        training.curve(),
        training.learningSeconds(),
        training.examples() / training.learningSeconds(),
        seconds);
  }

  private static List<Double> last(final double[][] rows) {
    return Arrays.stream(rows[rows.length - 1]).boxed().toList();
  }

  /** Learning diverged. */
  public static Outcome diverged(final double seconds) {
    return new Outcome(
        Double.NaN,
        Double.NaN,
        Double.NaN,
        Double.NaN,
        Double.NaN,
        Double.NaN,
        Double.NaN,
        Double.NaN,
        List.of(),
        List.of(),
        List.of(),
        Double.NaN,
        Double.NaN,
        seconds);
  }

  /** Whether learning diverged. */
  public boolean hasDiverged() {
    return Double.isNaN(averageAccuracy);
  }

  /**
   * Examples learned at the first point of the curve at or above an accuracy; infinite if none is,
   * NaN if there is no curve.
   */
  public double examplesTo(final double accuracy) {
    return curve.isEmpty()
        ? Double.NaN
        : curve.stream()
            .filter(point -> point.accuracy() >= accuracy)
            .mapToDouble(CurvePoint::examples)
            .findFirst()
            .orElse(Double.POSITIVE_INFINITY);
  }
}
