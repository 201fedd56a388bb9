/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GridTest {

  @Test
  void isEvenlySpacedByAFactorAndRoundedToThreeDigits() {
    final Grid grid = new Grid(5, 10, 2);

    assertThat(IntStream.rangeClosed(-4, 4).mapToDouble(step -> grid.at(30_000, step)))
        .containsExactly(
            300.0, 949.0, 3_000.0, 9_490.0, 30_000.0, 94_900.0, 300_000.0, 949_000.0, 3_000_000.0);
    assertThat(grid.last()).isEqualTo(4);
  }

  @ParameterizedTest
  @CsvSource({"4, 2, 0", "0, 2, 0", "3, 1, 0", "3, 2, -1"})
  void refusesWhatIsNoGrid(final int values, final double factor, final int extensions) {
    assertThatThrownBy(() -> new Grid(values, factor, extensions))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected");
  }
}
