/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class MedianTest {

  @Test
  void isTheMiddleOfAnOddNumber() {
    assertThat(Median.of(3, -1, 10)).isEqualTo(3);
  }

  @Test
  void isTheMeanOfTheTwoInTheMiddleOfAnEvenNumber() {
    assertThat(Median.of(4, 1, 2, 100)).isEqualTo(3);
  }

  @Test
  void leavesItsArgumentAsItIs() {
    final double[] values = {3, 1, 2};

    Median.of(values);

    assertThat(values).containsExactly(3, 1, 2);
  }

  @Test
  void isNotANumberIfOneValueIsNot() {
    assertThat(Median.of(1, Double.NaN, 2)).isNaN();
  }

  @Test
  void refusesNoValues() {
    assertThatThrownBy(Median::of).isInstanceOf(IllegalArgumentException.class);
  }
}
