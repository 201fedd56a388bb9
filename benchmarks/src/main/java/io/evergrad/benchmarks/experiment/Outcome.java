/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import io.evergrad.operators.evaluation.AccuracyMatrix;
import io.evergrad.operators.metrics.Evaluation;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * What came of an experiment. If learning diverged, the figures are NaN and there are no matrices.
 *
 * @param averageAccuracy mean accuracy over all tasks at the end, in [0, 1]
 * @param forgetting mean, over all tasks but the last, of the best accuracy before the end minus
 *     the one at the end
 * @param backwardTransfer mean, over all tasks but the last, of the accuracy at the end minus the
 *     one when just learned
 * @param learningAccuracy mean accuracy of each task when just learned
 * @param earlyLoss mean loss in nats over the first {@link LoopTrainer#EARLY_STEPS} steps, each
 *     before the step; NaN if there were fewer
 * @param accuracies a row after each task, a column for each task; NaN where not measured
 * @param losses the same of mean losses in nats
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
    List<List<Double>> accuracies,
    List<List<Double>> losses,
    List<CurvePoint> curve,
    double learningSeconds,
    double examplesPerSecond,
    double seconds) {

  /** Copies the lists. */
  public Outcome {
    accuracies = List.copyOf(accuracies);
    losses = List.copyOf(losses);
    curve = List.copyOf(curve);
  }

  /** The figures of a training. */
  static Outcome of(final Training training, final double seconds) {
    final AccuracyMatrix matrix = training.matrix();
    return new Outcome(
        matrix.averageAccuracy(),
        matrix.forgetting(),
        matrix.backwardTransfer(),
        matrix.learningAccuracy(),
        training.earlyLoss(),
        Arrays.stream(matrix.values()).map(row -> Arrays.stream(row).boxed().toList()).toList(),
        losses(matrix),
        training.curve(),
        training.learningSeconds(),
        training.examples() / training.learningSeconds(),
        seconds);
  }

  /** Learning diverged. */
  public static Outcome diverged(final double seconds) {
    return new Outcome(
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

  /** Mean loss in nats over all tasks at the end; NaN if learning diverged. */
  public double averageLoss() {
    return losses.isEmpty() ? Double.NaN : mean(last().stream().mapToDouble(loss -> loss), 0);
  }

  /**
   * Mean, over all tasks but the last, of the loss at the end minus the lowest before, in nats; NaN
   * if learning diverged.
   */
  public double lossIncrease() {
    return losses.isEmpty()
        ? Double.NaN
        : mean(
            IntStream.range(0, last().size() - 1)
                .mapToDouble(task -> last().get(task) - lowestBefore(task)),
            0);
  }

  /** Mean loss in nats of each task when just learned; NaN if learning diverged. */
  public double learningLoss() {
    return losses.isEmpty()
        ? Double.NaN
        : mean(
            IntStream.range(0, losses.size()).mapToDouble(task -> losses.get(task).get(task)), 0);
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

  private List<Double> last() {
    return losses.get(losses.size() - 1);
  }

  private double lowestBefore(final int task) {
    return losses.subList(0, losses.size() - 1).stream()
        .mapToDouble(row -> row.get(task))
        .filter(loss -> !Double.isNaN(loss))
        .min()
        .orElse(Double.NaN);
  }

  private static double mean(final DoubleStream values, final double ofNone) {
    return values.filter(value -> !Double.isNaN(value)).average().orElse(ofNone);
  }

  private static List<List<Double>> losses(final AccuracyMatrix matrix) {
    final List<String> rows = matrix.rows();
    final List<String> tasks = matrix.tasks();
    final Double[][] losses = new Double[rows.size()][tasks.size()];
    for (final Double[] row : losses) {
      Arrays.fill(row, Double.NaN);
    }
    for (final Evaluation evaluation : matrix.evaluations()) {
      final int column = tasks.indexOf(evaluation.task());
      if (column >= 0) {
        losses[rows.indexOf(evaluation.afterTask())][column] = evaluation.loss();
      }
    }
    return Arrays.stream(losses).map(List::of).toList();
  }
}
