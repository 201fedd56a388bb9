/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.forgetting;

import static org.assertj.core.api.Assertions.assertThat;

import io.evergrad.benchmarks.experiment.Method;
import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.curvature.learning.LearnerSettings.Rule;
import io.evergrad.jobs.config.EvergradOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import org.junit.jupiter.api.Test;

class SearchTest {
  private static final Grid GRID = new Grid(2, 5, List.of(1e-3, 2e-3, 4e-3));
  private static final Method METHOD =
      Method.of(Rule.ADAM, Protection.EWC).with(EvergradOptions.LEARNING_RATE, 2e-3);

  private final List<Method> scored = new ArrayList<>();

  @Test
  void findsTheBestHalfDecade() throws Exception {
    final Method best = search(peak(3160, 2e-3)).strengthAndRate(METHOD);

    assertThat(strength(best)).isEqualTo(3160);
    assertThat(rate(best)).isEqualTo(2e-3);
    assertThat(scored).map(SearchTest::strength).contains(1e3, 1e4, 3160.0);
  }

  @Test
  void triesDecadesThenHalfDecadesAroundTheBestThenRates() throws Exception {
    search(peak(1000, 2e-3)).strengthAndRate(METHOD);

    assertThat(scored)
        .map(method -> strength(method) + " at " + rate(method))
        .containsExactly(
            "100.0 at 0.002",
            "1000.0 at 0.002",
            "10000.0 at 0.002",
            "100000.0 at 0.002",
            "316.0 at 0.002",
            "3160.0 at 0.002",
            "1000.0 at 0.001",
            "1000.0 at 0.004");
  }

  @Test
  void goesOnBeyondTheEdgeUntilItIsPastTheBest() throws Exception {
    final Method best = search(peak(1e7, 2e-3)).strengthAndRate(METHOD);

    assertThat(strength(best)).isEqualTo(1e7);
    assertThat(scored).map(SearchTest::strength).contains(3.16e7);
  }

  @Test
  void endsWhereTheScoreNeverFalls() throws Exception {
    final Method best = search((strength, rate) -> strength).strengthAndRate(METHOD);

    assertThat(strength(best)).isEqualTo(1e9);
  }

  @Test
  void climbsAgainAtAnotherRateThatWins() throws Exception {
    // At half the rate the best strength is a decade higher.
    final DoubleBinaryOperator score =
        (strength, rate) ->
            -Math.abs(Math.log10(strength) - (rate == 1e-3 ? 4 : 3)) + (rate == 1e-3 ? 2 : 0);

    final Method best = search(score).strengthAndRate(METHOD);

    assertThat(rate(best)).isEqualTo(1e-3);
    assertThat(strength(best)).isEqualTo(1e4);
  }

  @Test
  void neverScoresTheSameTwice() throws Exception {
    search(peak(3160, 1e-3)).strengthAndRate(METHOD);

    assertThat(scored).doesNotHaveDuplicates();
  }

  @Test
  void whatDivergedLoses() throws Exception {
    final DoubleBinaryOperator score =
        (strength, rate) -> strength < 5_000 || rate > 2e-3 ? Double.NaN : -strength;

    final Method best = search(score).strengthAndRate(METHOD);

    assertThat(strength(best)).isEqualTo(1e4);
    assertThat(rate(best)).isLessThanOrEqualTo(2e-3);
  }

  @Test
  void findsTheBestRateAlone() throws Exception {
    final Method none = Method.of(Rule.ADAM, Protection.NONE);
    final Search search =
        new Search(
            GRID,
            method -> {
              scored.add(method);
              return -rate(method);
            });

    assertThat(rate(search.rate(none))).isEqualTo(1e-3);
    assertThat(scored).hasSize(3);
  }

  private Search search(final DoubleBinaryOperator score) {
    return new Search(
        GRID,
        method -> {
          scored.add(method);
          return score.applyAsDouble(strength(method), rate(method));
        });
  }

  private static DoubleBinaryOperator peak(final double strength, final double rate) {
    return (s, r) -> -Math.abs(Math.log(s / strength)) - Math.abs(Math.log(r / rate));
  }

  private static double strength(final Method method) {
    return Double.parseDouble(method.options().get(EvergradOptions.STRENGTH.key()));
  }

  private static double rate(final Method method) {
    return Double.parseDouble(method.options().get(EvergradOptions.LEARNING_RATE.key()));
  }
}
