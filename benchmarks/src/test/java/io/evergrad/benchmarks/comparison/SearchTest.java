/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import io.evergrad.benchmarks.experiment.Experiment;
import io.evergrad.benchmarks.experiment.Method;
import io.evergrad.benchmarks.experiment.Outcome;
import io.evergrad.benchmarks.experiment.Split;
import io.evergrad.benchmarks.experiment.StreamDefinition;
import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.curvature.learning.LearnerSettings.Rule;
import io.evergrad.jobs.config.EvergradOptions;
import io.evergrad.jobs.stream.Scenario;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

class SearchTest {
  private static final Method METHOD = Method.of(Rule.SGD, Protection.EWC);
  private static final StreamDefinition STREAM =
      StreamDefinition.ofImages(Scenario.PERMUTED, 3, 6_000, 0, false);

  private final List<Double> asked = new ArrayList<>();

  @Test
  void triesTheWholeGridThenHalfWayToTheNeighboursOfTheBest() throws Exception {
    final Searched found = search(Figure.AVERAGE_ACCURACY, peak(40));

    assertThat(asked).containsExactly(0.625, 2.5, 10.0, 40.0, 160.0, 20.0, 80.0);
    assertThat(found.tried()).extracting(Searched.Tried::value).isSorted().hasSize(7);
    assertThat(found.best()).isEqualTo(40);
    assertThat(found.extensions()).isZero();
    assertThat(found.edge()).isFalse();
    assertThat(found.key()).isEqualTo(EvergradOptions.STRENGTH.key());
  }

  @Test
  void takesAValueHalfWayWhereItIsBest() throws Exception {
    assertThat(search(Figure.AVERAGE_ACCURACY, peak(21)).best()).isEqualTo(20);
  }

  @Test
  void goesOnBeyondAnEdgeThatIsBestUntilItIsPastTheBest() throws Exception {
    final Searched found = search(Figure.AVERAGE_ACCURACY, peak(160));

    assertThat(asked).containsExactly(0.625, 2.5, 10.0, 40.0, 160.0, 640.0, 80.0, 320.0);
    assertThat(found.best()).isEqualTo(160);
    assertThat(found.extensions()).isEqualTo(1);
    assertThat(found.edge()).isFalse();
  }

  @Test
  void goesOnTwiceAtMostAndSaysThatTheBestIsAtTheEdge() throws Exception {
    final Searched found = search(Figure.AVERAGE_ACCURACY, value -> 1 / (1 + value));

    assertThat(asked).containsExactly(0.625, 2.5, 10.0, 40.0, 160.0, 0.156, 0.0391, 0.0781);
    assertThat(found.tried()).extracting(Searched.Tried::value).isSorted().startsWith(0.0391);
    assertThat(found.best()).isEqualTo(0.0391);
    assertThat(found.extensions()).isEqualTo(2);
    assertThat(found.edge()).isTrue();
  }

  @Test
  void amongEqualsTheCentreWins() throws Exception {
    assertThat(search(Figure.AVERAGE_ACCURACY, value -> 0.5).best()).isEqualTo(10);
  }

  @Test
  void whatDivergedLoses() throws Exception {
    final DoubleUnaryOperator score = value -> value < 40 ? Double.NaN : 0.1 / value;

    assertThat(search(Figure.AVERAGE_ACCURACY, score).best()).isEqualTo(40);
  }

  @Test
  void aFigureOfWhichLessIsBetterIsMadeSmall() throws Exception {
    // The early loss of these outcomes is 1 less their accuracy.
    assertThat(search(Figure.EARLY_LOSS, peak(5)).best()).isEqualTo(5);
  }

  private Searched search(final Figure figure, final DoubleUnaryOperator accuracy)
      throws Exception {
    return new Search(EvergradOptions.STRENGTH, new Grid(5, 4, 2), figure)
        .from(
            METHOD,
            10,
            method -> {
              final double value = method.learner().strength();
              asked.add(value);
              final double score = accuracy.applyAsDouble(value);
              return Outcomes.logged(
                  new Experiment(method.options(), 1, Split.VALIDATION, STREAM, 0),
                  Double.isNaN(score) ? Outcome.diverged(1) : Outcomes.of(score, 0, 100));
            });
  }

  private static DoubleUnaryOperator peak(final double best) {
    return value -> 1 / (1 + Math.abs(Math.log(value / best)));
  }
}
