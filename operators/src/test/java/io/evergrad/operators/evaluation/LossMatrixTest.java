/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.evergrad.operators.metrics.Evaluation;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

final class LossMatrixTest {
  private static final Offset<Double> EXACTLY = within(1e-12);

  private final AccuracyMatrix matrix = new AccuracyMatrix();

  @Test
  void measuresByTheDefinitions() {
    add(1, "a", "a", 1.5);
    add(2, "b", "a", 1.75);
    add(2, "b", "b", 2.0);
    add(3, "c", "a", 2.5);
    add(3, "c", "b", 1.9);
    add(3, "c", "c", 1.0);
    final LossMatrix losses = matrix.losses();

    assertThat(losses.tasks()).containsExactly("a", "b", "c");
    assertThat(losses.rows()).containsExactly("a", "b", "c");
    assertThat(losses.values()[1]).containsExactly(1.75, 2.0, Double.NaN);
    assertThat(losses.averageLoss()).isEqualTo(5.4 / 3, EXACTLY);
    assertThat(losses.forgetting()).isEqualTo((1.0 - 0.1) / 2, EXACTLY);
    assertThat(losses.learningLoss()).isEqualTo(4.5 / 3, EXACTLY);
  }

  @Test
  void lossesThatAreNotKnownAreLeftOut() {
    add(1, "a", "a", Double.NaN);
    add(2, "b", "a", 1.5);
    add(2, "b", "b", 2.5);

    assertThat(matrix.losses().averageLoss()).isEqualTo(2.0);
    assertThat(matrix.losses().forgetting()).isZero();
    assertThat(matrix.losses().learningLoss()).isEqualTo(2.5);
  }

  @Test
  void hasNoLossWhileNothingIsLearned() {
    assertThat(matrix.losses().averageLoss()).isNaN();
    assertThat(matrix.losses().learningLoss()).isNaN();
    assertThat(matrix.losses().forgetting()).isZero();
  }

  private void add(
      final int afterTasks, final String afterTask, final String task, final double loss) {
    matrix.add(new Evaluation("m", afterTask, afterTasks, task, 1, 2, 2, loss));
  }
}
