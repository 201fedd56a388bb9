/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CountdownTest {
  private final Countdown countdown = new Countdown();

  @Test
  void takesEachMethodsOwnTimeAndTheMeanOfAllWhereItHasNone() {
    countdown.plan("slow", 4);
    countdown.plan("fast", 1);
    countdown.plan("unknown", 2);
    assertThat(countdown.secondsLeft()).isEmpty();

    countdown.finished("slow", 100);
    countdown.finished("slow", 200);
    countdown.finished("fast", 30);

    assertThat(countdown.done()).isEqualTo(3);
    assertThat(countdown.planned()).isEqualTo(7);
    assertThat(countdown.secondsLeft()).hasValue(2 * 150 + 2 * 110);
  }

  @Test
  void growsWhereAPlanWasTooSmall() {
    countdown.plan("method", 1);
    countdown.finished("method", 1);
    countdown.finished("method", 1);

    assertThat(countdown.planned()).isEqualTo(2);
    assertThat(countdown.secondsLeft()).hasValue(0);
  }
}
