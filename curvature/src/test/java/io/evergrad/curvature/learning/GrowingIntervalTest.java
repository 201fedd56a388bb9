/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GrowingIntervalTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 8, 16, 32})
  void countsEachStepOnce(final int interval) {
    int open = 0;
    for (int step = 0; step < 1_024; step++) {
      open++;
      final int due = GrowingInterval.due(step, interval);
      if (due > 0) {
        assertThat(due).as("after step %d", step).isEqualTo(open).isLessThanOrEqualTo(interval);
        open = 0;
      }
    }
    assertThat(open).isZero();
  }

  @Test
  void isDueAfterEachStepAtFirstAndEveryIntervalLater() {
    assertThat(IntStream.range(0, 16).map(step -> GrowingInterval.due(step, 16))).containsOnly(1);
    assertThat(IntStream.range(1_024, 1_056).map(step -> GrowingInterval.due(step, 16)).sum())
        .isEqualTo(32);
    assertThat(
            IntStream.range(1_024, 1_056).filter(step -> GrowingInterval.due(step, 16) > 0).count())
        .isEqualTo(2);
  }
}
