/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.evergrad.curvature.kinds.Range;
import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.MlpSpec;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Counts the products that {@link TwoSidedStep} takes one by one. */
class RuleCostTest {
  /** So many steps that what is done once in them hardly counts. */
  private static final int NEVER = Integer.MAX_VALUE;

  private static double product(final double rows, final double shared, final double columns) {
    return 2 * rows * shared * columns;
  }

  /** A step of a layer; the last of its columns is the bias. */
  private static double step(final int units, final int columns, final LearnerSettings settings) {
    double flops = 0;
    for (final Range of : Range.cut(units, settings.blockLimit())) {
      final double m = of.size();
      final double r = LowRankMoment.rank(of.size(), settings.rootRank());
      for (final Range range : Range.cut(columns, settings.blockLimit())) {
        final double bias = range.end() == columns ? 1 : 0;
        final double n = range.size() - bias;
        final double q = LowRankMoment.rank(range.size(), settings.rootRank());
        final double x = product(r, m, n);
        final double y = product(m, n, q);
        final double alongUnits = product(r, m, q + bias) + product(m, r, q + bias);
        final double end = bias * product(m, q + 1, 1);
        flops += x + y + alongUnits + end + product(m, r + q + bias, n);
      }
    }
    return flops;
  }

  @ParameterizedTest
  @ValueSource(ints = {1024, 300})
  void countsEveryProductOfAStep(final int blockLimit) {
    final LearnerSettings settings =
        LearnerSettings.builder(new MlpSpec(784, List.of(256), 10, Activation.RELU))
            .momentInterval(NEVER)
            .updateInterval(NEVER)
            .rootRank(16)
            .blockLimit(blockLimit)
            .build();

    assertThat(RuleCost.flopsPerStep(settings))
        .isCloseTo(step(256, 785, settings) + step(10, 257, settings), within(1.0));
  }
}
