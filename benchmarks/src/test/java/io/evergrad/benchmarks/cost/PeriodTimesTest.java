/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cost;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PeriodTimesTest {
  @Test
  void eachSliceHasItsOwnMedianSoThatRareWorkCountsAndDisturbancesDoNot() {
    final PeriodTimes times = new PeriodTimes(2);
    final double[] measured = {1, 9, 1.5, 10, 100, 8};
    for (int i = 0; i < measured.length; i++) {
      times.add(i, measured[i]);
    }

    assertThat(times.mean()).isEqualTo((1.5 + 9) / 2);
    assertThat(times.periods()).isEqualTo(3);
  }

  @Test
  void aSliceThatWasNotTimedIsNotGuessed() {
    final PeriodTimes times = new PeriodTimes(2);
    times.add(0, 1);

    assertThat(times.mean()).isNaN();
    assertThat(times.periods()).isZero();
  }
}
