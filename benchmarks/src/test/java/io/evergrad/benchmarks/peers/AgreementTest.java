/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class AgreementTest {

  @Test
  void theStandardErrorIsThatOfADifferenceOfMeans() {
    // Variances 1 and 32, of 3 and 2 figures.
    final Agreement agreement =
        Agreement.independent(List.of(1.0, 2.0, 3.0), List.of(4.0, 4.0 + 8), 0);

    assertThat(agreement.ours()).isEqualTo(2);
    assertThat(agreement.peers()).isEqualTo(8);
    assertThat(agreement.difference()).isEqualTo(-6);
    assertThat(agreement.standardError()).isCloseTo(Math.sqrt(1 / 3.0 + 32 / 2.0), within(1e-12));
  }

  @Test
  void pairedFiguresAreJudgedByTheSpreadOfTheirDifferences() {
    // Differences 1, 2 and 3, whose variance is 1.
    final Agreement agreement =
        Agreement.paired(List.of(11.0, 102.0, 1003.0), List.of(10.0, 100.0, 1000.0), 0);

    assertThat(agreement.difference()).isCloseTo(2, within(1e-12));
    assertThat(agreement.standardError()).isCloseTo(Math.sqrt(1 / 3.0), within(1e-12));
    assertThatThrownBy(() -> Agreement.paired(List.of(1.0, 2.0, 3.0), List.of(1.0, 2.0), 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("as many of each");
  }

  @Test
  void aDifferenceUpToTwoStandardErrorsAndTheToleranceAgrees() {
    final List<Double> peers = List.of(0.50, 0.52);
    final double error = Math.sqrt((2e-4 + 2e-4) / 2);
    final double allowed = 2 * error + 0.005;

    assertThat(Agreement.independent(shifted(peers, allowed - 1e-9), peers, 0.005).holds())
        .isTrue();
    assertThat(Agreement.independent(shifted(peers, -allowed + 1e-9), peers, 0.005).holds())
        .isTrue();
    assertThat(Agreement.independent(shifted(peers, allowed + 1e-9), peers, 0.005).holds())
        .isFalse();
    assertThat(Agreement.independent(shifted(peers, -allowed - 1e-9), peers, 0.005).holds())
        .isFalse();
  }

  @Test
  void nothingAgreesWithAFailure() {
    assertThat(Agreement.independent(List.of(0.5, Double.NaN), List.of(0.5, 0.6), 1).holds())
        .isFalse();
  }

  @Test
  void oneFigureHasNoSpread() {
    assertThatThrownBy(() -> Agreement.independent(List.of(0.5), List.of(0.5, 0.6), 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 and 2 figures");
  }

  private static List<Double> shifted(final List<Double> values, final double by) {
    return values.stream().map(value -> value + by).toList();
  }
}
