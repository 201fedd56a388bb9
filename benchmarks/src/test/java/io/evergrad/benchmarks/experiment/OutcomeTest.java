/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import io.evergrad.operators.evaluation.AccuracyMatrix;
import io.evergrad.operators.metrics.Evaluation;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class OutcomeTest {
  private static final List<CurvePoint> CURVE =
      List.of(new CurvePoint(100, 0.8), new CurvePoint(200, 0.85), new CurvePoint(300, 0.84));

  private final Outcome outcome = Outcome.of(new Training(matrix(), 0.7, CURVE, 500, 2), 3);

  /** Losses 0.4 after t1; 0.9 and 0.3 after t2; 0.6, 0.5 and 0.2 at the end. */
  private static AccuracyMatrix matrix() {
    final AccuracyMatrix matrix = new AccuracyMatrix();
    matrix.add(evaluation(1, "t1", 0.4));
    matrix.add(evaluation(2, "t1", 0.9));
    matrix.add(evaluation(2, "t2", 0.3));
    matrix.add(evaluation(3, "t1", 0.6));
    matrix.add(evaluation(3, "t2", 0.5));
    matrix.add(evaluation(3, "t3", 0.2));
    return matrix;
  }

  private static Evaluation evaluation(final int after, final String task, final double loss) {
    return new Evaluation("model", "t" + after, after, task, 90, 100, 100, loss);
  }

  @Test
  void tellsMeanLossAndHowMuchItGrewFromItsLowest() {
    final Offset<Double> rounding = Offset.offset(1e-12);
    assertThat(outcome.averageLoss()).isCloseTo((0.6 + 0.5 + 0.2) / 3, rounding);
    assertThat(outcome.lossIncrease()).isCloseTo((0.2 + 0.2) / 2, rounding);
    assertThat(outcome.learningLoss()).isCloseTo((0.4 + 0.3 + 0.2) / 3, rounding);
    assertThat(outcome.finalLosses()).containsExactly(0.6, 0.5, 0.2);
  }

  @Test
  void takesTheFirstMeasurementAtOrAboveATarget() {
    assertThat(outcome.examplesTo(0.85)).isEqualTo(200);
    assertThat(outcome.examplesTo(0.81)).isEqualTo(200);
    assertThat(outcome.examplesTo(0.86)).isInfinite();
    assertThat(Outcome.diverged(1).examplesTo(0.5)).isNaN();
  }

  @Test
  void countsExamplesInTheSecondsOfLearningOnly() {
    assertThat(outcome.examplesPerSecond()).isEqualTo(250);
    assertThat(outcome.seconds()).isEqualTo(3);
  }

  @Test
  void knowsNothingOfWhatDiverged() {
    final Outcome diverged = Outcome.diverged(3);
    assertThat(diverged.hasDiverged()).isTrue();
    assertThat(diverged.averageLoss()).isNaN();
    assertThat(diverged.lossIncrease()).isNaN();
    assertThat(diverged.learningLoss()).isNaN();
  }
}
