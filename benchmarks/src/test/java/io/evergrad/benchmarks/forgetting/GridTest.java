/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.forgetting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class GridTest {
  private static final Grid GRID = new Grid(2, 4, List.of(0.1));

  @Test
  void beginsWithDecades() {
    assertThat(GRID.decades().stream().map(Grid::strength)).containsExactly(1e2, 1e3, 1e4);
  }

  @Test
  void hasHalfDecadesBetween() {
    assertThat(GRID.neighbours(6).stream().map(Grid::strength)).containsExactly(316.0, 3160.0);
    assertThat(Grid.strength(0)).isEqualTo(1);
    assertThat(Grid.strength(-1)).isEqualTo(0.316);
    assertThat(Grid.strength(-2)).isEqualTo(0.1);
  }

  @Test
  void endsFarBeyondItsFirstStrengths() {
    assertThat(GRID.neighbours(8)).containsExactly(7, 9);
    assertThat(GRID.neighbours(16)).containsExactly(15);
    assertThat(GRID.neighbours(-4)).containsExactly(-3);
  }

  @Test
  void refusesNothingToTry() {
    assertThatThrownBy(() -> new Grid(3, 2, List.of(0.1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Grid(2, 3, List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
