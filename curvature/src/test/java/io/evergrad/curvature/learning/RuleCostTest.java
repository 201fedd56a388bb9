/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.MlpSpec;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Counts the products that {@link TwoSidedStep} takes one by one. */
class RuleCostTest {
  /** So many steps that what is done once in them hardly counts. */
  private static final int NEVER = Integer.MAX_VALUE;

  private static double product(final double rows, final double shared, final double columns) {
    return 2 * rows * shared * columns;
  }

  /**
   * A step of a layer of that many units and inputs, and a bias, whose roots have ranks r and q.
   */
  private static double step(final double m, final double n, final double r, final double q) {
    final double x = product(r, m, n);
    final double y = product(m, n, q);
    final double alongUnits = product(r, m, q + 1) + product(m, r, q + 1);
    final double bias = product(m, q + 1, 1);
    return x + y + alongUnits + bias + product(m, r + q + 1, n);
  }

  @Test
  void countsEveryProductOfAStep() {
    final LearnerSettings settings =
        LearnerSettings.builder(new MlpSpec(784, List.of(256), 10, Activation.RELU))
            .momentInterval(NEVER)
            .updateInterval(NEVER)
            .rootRank(16)
            .build();

    assertThat(RuleCost.flopsPerStep(settings))
        .isCloseTo(step(256, 784, 16, 16) + step(10, 256, 10, 16), within(1.0));
  }
}
