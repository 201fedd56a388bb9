/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import io.evergrad.operators.evaluation.AccuracyMatrix;
import java.util.Arrays;
import java.util.List;

/**
 * What came of an experiment. If learning diverged, the figures are NaN and there are no
 * accuracies.
 *
 * @param averageAccuracy mean accuracy over all tasks at the end, in [0, 1]
 * @param forgetting mean, over all tasks but the last, of the best accuracy before the end minus
 *     the one at the end
 * @param backwardTransfer mean, over all tasks but the last, of the accuracy at the end minus the
 *     one when just learned
 * @param learningAccuracy mean accuracy of each task when just learned
 * @param accuracies a row after each task, a column for each task; NaN where not measured
 * @param seconds that it took by the wall clock, evaluations included
 */
public record Outcome(
    double averageAccuracy,
    double forgetting,
    double backwardTransfer,
    double learningAccuracy,
    List<List<Double>> accuracies,
    double seconds) {

  /** The figures of a matrix. */
  static Outcome of(final AccuracyMatrix matrix, final double seconds) {
    return new Outcome(
        matrix.averageAccuracy(),
        matrix.forgetting(),
        matrix.backwardTransfer(),
        matrix.learningAccuracy(),
        Arrays.stream(matrix.values()).map(row -> Arrays.stream(row).boxed().toList()).toList(),
        seconds);
  }

  /** Learning diverged. */
  static Outcome diverged(final double seconds) {
    return new Outcome(Double.NaN, Double.NaN, Double.NaN, Double.NaN, List.of(), seconds);
  }

  /** Whether learning diverged. */
  public boolean hasDiverged() {
    return Double.isNaN(averageAccuracy);
  }
}
