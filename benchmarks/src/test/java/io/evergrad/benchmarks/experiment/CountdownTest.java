/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CountdownTest {
  private final Countdown countdown = new Countdown();

  @Test
  void takesEachMethodsOwnRateAndThatOfAllWhereItHasNone() {
    for (int run = 0; run < 4; run++) {
      countdown.plan("slow", 10);
    }
    countdown.plan("fast", 5);
    countdown.plan("unknown", 2);
    assertThat(countdown.secondsLeft()).isNaN();

    countdown.finished("slow", 10, 100);
    countdown.finished("slow", 10, 200);
    countdown.finished("fast", 5, 20);

    assertThat(countdown.done()).isEqualTo(3);
    assertThat(countdown.planned()).isEqualTo(6);
    assertThat(countdown.secondsLeft()).isEqualTo(20 * 15 + 2 * 320 / 25.0);
  }

  @Test
  void knowsWhatWasTimedElsewhereWithoutCountingItAsDone() {
    countdown.plan("method", 10);
    countdown.learn("method", 2, 6);

    assertThat(countdown.done()).isZero();
    assertThat(countdown.secondsLeft()).isEqualTo(30);
    assertThat(countdown.seconds("method", 4)).isEqualTo(12);
  }

  @Test
  void growsWhereAPlanWasTooSmall() {
    countdown.plan("method", 1);
    countdown.finished("method", 1, 1);
    countdown.finished("method", 1, 1);

    assertThat(countdown.planned()).isEqualTo(2);
    assertThat(countdown.secondsLeft()).isZero();
  }
}
