/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.evergrad.operators.metrics.Evaluation;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

final class AccuracyMatrixTest {
  private static final Offset<Double> EXACTLY = within(1e-15);

  @Test
  void measuresByTheDefinitions() {
    final AccuracyMatrix matrix = new AccuracyMatrix();
    row(matrix, 1, "a", 0.90, 0.10, 0.12);
    row(matrix, 2, "b", 0.92, 0.80, 0.15);
    row(matrix, 3, "c", 0.85, 0.82, 0.70);

    assertThat(matrix.tasks()).containsExactly("a", "b", "c");
    assertThat(matrix.rows()).containsExactly("a", "b", "c");
    assertThat(matrix.values())
        .isDeepEqualTo(new double[][] {{0.90, 0.10, 0.12}, {0.92, 0.80, 0.15}, {0.85, 0.82, 0.70}});
    assertThat(matrix.averageAccuracy()).isEqualTo((0.85 + 0.82 + 0.70) / 3, EXACTLY);
    assertThat(matrix.forgetting()).isEqualTo((0.07 - 0.02) / 2, EXACTLY);
    assertThat(matrix.backwardTransfer()).isEqualTo((-0.05 + 0.02) / 2, EXACTLY);
    assertThat(matrix.learningAccuracy()).isEqualTo((0.90 + 0.80 + 0.70) / 3, EXACTLY);
  }

  @Test
  void leavesTasksOutThatAreNotYetLearned() {
    final AccuracyMatrix matrix = new AccuracyMatrix();
    row(matrix, 1, "a", 0.9, 0.1, 0.1);

    assertThat(matrix.tasks()).containsExactly("a");
    assertThat(matrix.averageAccuracy()).isEqualTo(0.9);
    assertThat(matrix.forgetting()).isZero();
    assertThat(matrix.backwardTransfer()).isZero();
  }

  @Test
  void leavesTasksOutThatHaveNoHeldOutExamples() {
    final AccuracyMatrix matrix = new AccuracyMatrix();
    matrix.add(evaluation(1, "a", "a", 0.9));
    matrix.add(evaluation(2, "b", "a", 0.8));

    assertThat(matrix.values()[0]).containsExactly(0.9, Double.NaN);
    assertThat(matrix.values()[1]).containsExactly(0.8, Double.NaN);
    assertThat(matrix.averageAccuracy()).isEqualTo(0.8);
    assertThat(matrix.learningAccuracy()).isEqualTo(0.9);
    assertThat(matrix.forgetting()).isEqualTo(0.1, EXACTLY);
  }

  @Test
  void hasNoAccuracyWhileNothingIsLearned() {
    final AccuracyMatrix matrix = new AccuracyMatrix();

    assertThat(matrix.averageAccuracy()).isNaN();
    assertThat(matrix.learningAccuracy()).isNaN();
    assertThat(matrix.forgetting()).isZero();
    assertThat(matrix.values()).isEmpty();
  }

  @Test
  void countsATaskThatComesBackOnce() {
    final AccuracyMatrix matrix = new AccuracyMatrix();
    matrix.add(evaluation(1, "a", "a", 0.9));
    matrix.add(evaluation(2, "b", "a", 0.7));
    matrix.add(evaluation(2, "b", "b", 0.8));
    matrix.add(evaluation(3, "a", "a", 0.92));
    matrix.add(evaluation(3, "a", "b", 0.75));

    assertThat(matrix.tasks()).containsExactly("a", "b");
    assertThat(matrix.rows()).containsExactly("a", "b", "a");
    assertThat(matrix.forgetting()).isEqualTo(0.05, EXACTLY);
    assertThat(matrix.backwardTransfer()).isEqualTo(-0.05, EXACTLY);
  }

  @Test
  void isTheSameInAnyOrderAndOverDuplicates() {
    final AccuracyMatrix matrix = new AccuracyMatrix();
    row(matrix, 1, "a", 0.90, 0.10, 0.12);
    row(matrix, 2, "b", 0.92, 0.80, 0.15);
    final List<Evaluation> shuffled = new ArrayList<>(matrix.evaluations());
    Collections.reverse(shuffled);
    shuffled.addAll(matrix.evaluations());

    assertThat(AccuracyMatrix.of(shuffled).evaluations()).isEqualTo(matrix.evaluations());
    assertThat(AccuracyMatrix.of(shuffled).values()).isDeepEqualTo(matrix.values());
  }

  private static void row(
      final AccuracyMatrix matrix,
      final int afterTasks,
      final String afterTask,
      final double a,
      final double b,
      final double c) {
    matrix.add(evaluation(afterTasks, afterTask, "a", a));
    matrix.add(evaluation(afterTasks, afterTask, "b", b));
    matrix.add(evaluation(afterTasks, afterTask, "c", c));
  }

  private static Evaluation evaluation(
      final int afterTasks, final String afterTask, final String task, final double accuracy) {
    return new Evaluation(
        "m", afterTask, afterTasks, task, Math.round(accuracy * 100), 100, 100, 0);
  }
}
