/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.symmetry.Leaf;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Against the recurrence that takes every step, in plain Java. */
class MovingParametersTest {
  private static final double DECAY = 0.99;

  private final NDManager manager = NDManager.newBaseManager();
  private final NDArray theta = manager.zeros(new Shape(1));
  private final MovingParameters average =
      new MovingParameters(
          DECAY,
          List.of(new Leaf("w", List.of(1), List.of(Leaf.FREE))),
          new NDList(theta),
          manager);
  private double every;

  @AfterEach
  void close() {
    manager.close();
  }

  private void step(final double value, final long taskSteps) {
    theta.muli(0).addi(value);
    average.follow(new NDList(theta), taskSteps);
    final double d = Math.min(DECAY, (taskSteps + 1.0) / (taskSteps + 7));
    every = d * every + (1 - d) * value;
  }

  private double mean() {
    return average.arrays().get(0).getFloat(0);
  }

  @Test
  void takesEveryStepAtTheStartOfATask() {
    for (int t = 0; t < 16; t++) {
      step(Math.sin(t), t);

      assertThat(mean()).as("after step %d", t).isCloseTo(every, within(1e-6));
    }
  }

  /** Of parameters that move by 1 a step, sixteen at once lead or lag by at most fifteen. */
  @Test
  void laterTakesSixteenStepsAtOnce() {
    float before = Float.NaN;
    int changes = 0;
    for (int t = 0; t < 1_000; t++) {
      step(t, t);

      assertThat(mean()).as("after step %d", t).isCloseTo(every, within(15.0));
      changes += t >= 900 && (float) mean() != before ? 1 : 0;
      before = (float) mean();
    }
    assertThat(changes).isEqualTo(6);
  }
}
