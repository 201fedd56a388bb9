/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evergrad.benchmarks.experiment.Experiment;
import io.evergrad.benchmarks.experiment.Logged;
import io.evergrad.benchmarks.experiment.Method;
import io.evergrad.benchmarks.experiment.Outcome;
import io.evergrad.benchmarks.experiment.Split;
import io.evergrad.benchmarks.experiment.StreamDefinition;
import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.curvature.learning.LearnerSettings.Rule;
import io.evergrad.jobs.stream.Scenario;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BarTest {
  private static final StreamDefinition STREAM =
      StreamDefinition.ofImages(Scenario.PERMUTED, 1, 0, 0, false);
  private static final Method METHOD = Method.of(Rule.SGD, Protection.NONE);

  private final Row ours =
      row("ours", Role.OURS, outcome(0.88, 3_000), outcome(0.90, 6_000), outcome(0.91, 7_000));
  private final Row good = row("good", Role.BASELINE, outcome(0.89, 10_000));
  private final Row poor = row("poor", Role.BASELINE, outcome(0.80, 20_000));

  @Test
  void comparesTheMedianWithANumber() {
    assertThat(only(atLeast(0.90), ours).met()).isTrue();
    assertThat(only(atLeast(0.901), ours).met()).isFalse();
    // The early loss of these outcomes is 1 less their accuracy.
    assertThat(only(atMost(Figure.EARLY_LOSS, 0.1001), ours).met()).isTrue();
    assertThat(only(atMost(Figure.EARLY_LOSS, 0.0999), ours).met()).isFalse();
    assertThat(only(atLeast(0.90), ours).measured()).isEqualTo("0.9000");
    assertThat(only(atLeast(0.90), ours).required()).isEqualTo("≥ 0.9000");
  }

  @Test
  void aheadOfManyIsAheadOfTheBestOfThem() {
    final Verdict any = only(aheadOf(0, "BASELINE"), ours, poor, good);
    assertThat(any.met()).isTrue();
    assertThat(any.measured()).isEqualTo("0.9000; method good: 0.8900; 0.0100 ahead");

    assertThat(only(aheadOf(0.0099, "BASELINE"), ours, poor, good).met()).isTrue();
    assertThat(only(aheadOf(0.011, "BASELINE"), ours, poor, good).met()).isFalse();
    assertThat(only(aheadOf(0.011, "poor"), ours, poor, good).met()).isTrue();
  }

  @Test
  void whatIsEqualIsNotAheadAndWhatIsBehindSaysSo() {
    final Row equal = row("equal", Role.BASELINE, outcome(0.90, 6_000));
    final Row better = row("better", Role.BASELINE, outcome(0.95, 6_000));

    assertThat(only(aheadOf(0, "BASELINE"), ours, equal).met()).isFalse();
    assertThat(only(aheadOf(0, "BASELINE"), ours, better).measured()).endsWith("0.0500 behind");
  }

  @Test
  void ofLessExamplesFewerAreAhead() {
    final Bar bar =
        new Bar(Role.OURS, Figure.EXAMPLES_TO_TARGET, null, null, List.of("good"), null, null);

    assertThat(only(bar, ours, good).met()).isTrue();
    assertThat(only(bar, row("ours", Role.OURS, outcome(0.9, 11_000)), good).met()).isFalse();
  }

  @Test
  void aRatioIsThatOfTheMedians() {
    final Verdict met = only(ratio("good", 0.6), ours, good);
    assertThat(met.met()).isTrue();
    assertThat(met.measured()).isEqualTo("6,000 / 10,000 = 0.60 ×");

    assertThat(only(ratio("good", 0.59), ours, good).met()).isFalse();
  }

  @Test
  void whoNeverReachesTheTargetIsBehindWhoDoes() {
    final Row never = row("good", Role.BASELINE, outcome(0.84, 50_000));
    assertThat(never.median(Figure.EXAMPLES_TO_TARGET)).isInfinite();

    assertThat(only(ratio("good", 0.6), ours, never).met()).isTrue();
    assertThat(only(ratio("good", 0.6), row("ours", Role.OURS, outcome(0.8, 1)), never).met())
        .isFalse();
    assertThat(only(ratio("good", 0.6), row("ours", Role.OURS, outcome(0.8, 1)), good).met())
        .isFalse();
  }

  @Test
  void whatDivergedOnceReachesNothingAndIsAheadOfNothing() {
    final Row diverged =
        row("ours", Role.OURS, outcome(0.95, 100), outcome(0.95, 100), Outcome.diverged(1));

    assertThat(only(atLeast(0.1), diverged).met()).isFalse();
    assertThat(only(atMost(Figure.FORGETTING, 1), diverged).met()).isFalse();
    assertThat(only(aheadOf(0, "BASELINE"), diverged, poor).met()).isFalse();
    assertThat(
            only(aheadOf(0, "BASELINE"), ours, row("wild", Role.BASELINE, Outcome.diverged(1)))
                .met())
        .isTrue();
  }

  @Test
  void isNotDecidedWhereSomethingWasNotMeasured() {
    final List<Contender> all = Stream.of(ours, good, poor).map(Row::contender).toList();
    final TableResult partial = new TableResult(table(), all, List.of(ours, good));

    final Verdict verdict = aheadOf(0, "BASELINE").verdicts(partial).get(0);
    assertThat(verdict.decided()).isFalse();
    assertThat(verdict.met()).isFalse();
    assertThat(ratio("poor", 0.6).verdicts(partial).get(0).decided()).isFalse();
    assertThat(ratio("good", 0.6).verdicts(partial).get(0).decided()).isTrue();
  }

  @Test
  void judgesEveryMethodOfItsRole() {
    final Row untuned = row("untuned", Role.OURS, outcome(0.7, 100));

    assertThat(atLeast(0.8).verdicts(result(ours, untuned, good)))
        .extracting(Verdict::met)
        .containsExactly(true, false);
  }

  @Test
  void refusesABarOfNoKindOrOfTwo() {
    assertThatThrownBy(() -> new Bar(Role.OURS, Figure.FORGETTING, null, null, null, null, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected at-least");
    assertThatThrownBy(() -> new Bar(Role.OURS, Figure.FORGETTING, 1.0, 1.0, null, null, null))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Bar(Role.OURS, Figure.FORGETTING, 1.0, null, null, null, "sgd"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static Bar atLeast(final double value) {
    return new Bar(Role.OURS, Figure.AVERAGE_ACCURACY, value, null, null, null, null);
  }

  private static Bar atMost(final Figure figure, final double value) {
    return new Bar(Role.OURS, figure, null, value, null, null, null);
  }

  private static Bar aheadOf(final double by, final String name) {
    return new Bar(Role.OURS, Figure.AVERAGE_ACCURACY, null, null, List.of(name), by, null);
  }

  private static Bar ratio(final String to, final double atMost) {
    return new Bar(Role.OURS, Figure.EXAMPLES_TO_TARGET, null, atMost, null, null, to);
  }

  private static Verdict only(final Bar bar, final Row... rows) {
    final List<Verdict> verdicts = bar.verdicts(result(rows));
    assertThat(verdicts).hasSize(1);
    return verdicts.get(0);
  }

  private static TableResult result(final Row... rows) {
    return new TableResult(table(), Stream.of(rows).map(Row::contender).toList(), List.of(rows));
  }

  private static Table table() {
    return new Table(
        "table",
        "Table",
        STREAM,
        STREAM,
        null,
        null,
        null,
        Figure.AVERAGE_ACCURACY,
        16,
        List.of(Figure.AVERAGE_ACCURACY),
        "methods",
        List.of());
  }

  private static Outcome outcome(final double accuracy, final double reached) {
    return Outcomes.of(accuracy, 0.01, reached);
  }

  private static Row row(final String name, final Role role, final Outcome... outcomes) {
    final SortedMap<Long, Logged> bySeed = new TreeMap<>();
    for (final Outcome outcome : outcomes) {
      final long seed = bySeed.size() + 1;
      bySeed.put(
          seed,
          Outcomes.logged(new Experiment(METHOD.options(), seed, Split.TEST, STREAM, 16), outcome));
    }
    final Contender contender =
        new Contender(
            name, "method " + name, role, Contender.Tuning.NOTHING, false, new TreeMap<>());
    return new Row(contender, List.of(), METHOD, bySeed);
  }
}
