/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.curvature.learning.LearnerSettings.Rule;
import io.evergrad.curvature.learning.LearnerSettings.Scheme;
import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.Candidates;
import io.evergrad.curvature.network.MlpSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class OnlineLearnerTest {
  private static final MlpSpec SPEC = new MlpSpec(6, List.of(5), 3, Activation.TANH);

  /** What happens to a learner: micro-batches of these sizes; 0 ends a task. */
  private static final int[] EVENTS = {
    4, 4, 1, 7, 4, 3, 4, 5, 4, 4, 2, 4, 4, 0, 4, 3, 4, 4, 4, 0, 4, 6, 1, 4, 4, 4, 4, 4, 4, 4, 4, 4
  };

  static Stream<Arguments> combinations() {
    return Arrays.stream(Rule.values())
        .flatMap(r -> Arrays.stream(Protection.values()).map(p -> Arguments.of(r, p)));
  }

  private static LearnerSettings settings(final Rule rule, final Protection protection) {
    return LearnerSettings.builder(SPEC).rule(rule).protection(protection).seed(11).build();
  }

  /** Batches for all events, so that both runs see the same. */
  private static List<MicroBatch> batches() {
    final ToyStream stream = new ToyStream(6, 3, 5);
    return Arrays.stream(EVENTS)
        .mapToObj(size -> size == 0 ? null : stream.next(size))
        .collect(ArrayList::new, ArrayList::add, ArrayList::addAll);
  }

  private static List<StepResult> play(
      final OnlineLearner learner, final List<MicroBatch> batches) {
    final List<StepResult> results = new ArrayList<>();
    for (final MicroBatch batch : batches) {
      if (batch == null) {
        learner.endTask();
      } else {
        results.add(learner.step(batch));
      }
    }
    return results;
  }

  static Stream<LearnerSettings> allSettings() {
    return Stream.of(
            combinations().map(c -> settings((Rule) c.get()[0], (Protection) c.get()[1])),
            Arrays.stream(Scheme.values())
                .map(
                    scheme ->
                        LearnerSettings.builder(SPEC)
                            .ruleScheme(scheme)
                            .protectionScheme(scheme)
                            .seed(11)
                            .build()),
            replayWithAPrecision(),
            rootsThatLast())
        .flatMap(stream -> stream);
  }

  private static Stream<LearnerSettings> replayWithAPrecision() {
    return Stream.of(LearnerSettings.builder(SPEC).replaySize(7).seed(11).build());
  }

  /** So that steps are not all measured. */
  private static Stream<LearnerSettings> rootsThatLast() {
    return Stream.of(LearnerSettings.builder(SPEC).updateInterval(5).seed(11).build());
  }

  @ParameterizedTest
  @MethodSource("allSettings")
  void goesOnFromASnapshotBitForBit(final LearnerSettings settings) {
    final List<MicroBatch> batches = batches();
    final List<StepResult> expected;
    final LearnerSnapshot end;
    try (OnlineLearner uninterrupted = OnlineLearner.create(settings)) {
      expected = play(uninterrupted, batches);
      end = uninterrupted.snapshot();
    }
    assertThat(end.tasks()).isEqualTo(2);

    for (final int cut : new int[] {0, 7, 14, 22}) {
      final List<StepResult> results;
      final LearnerSnapshot middle;
      try (OnlineLearner before = OnlineLearner.create(settings)) {
        results = play(before, batches.subList(0, cut));
        middle = before.snapshot();
      }
      try (OnlineLearner after = OnlineLearner.restore(settings, middle)) {
        assertThat(after.snapshot()).as("restored after %d events", cut).isEqualTo(middle);
        results.addAll(play(after, batches.subList(cut, batches.size())));
        assertThat(after.snapshot()).as("cut after %d events", cut).isEqualTo(end);
      }
      assertThat(results).isEqualTo(expected);
    }
  }

  /** Momentum, decay and shared curvature aside, an output of another task stays as it is. */
  @Test
  void outputsThatAreNoCandidatesStayAsTheyAre() {
    final LearnerSettings settings =
        LearnerSettings.builder(SPEC)
            .rule(Rule.SGD)
            .protection(Protection.NONE)
            .learningRate(0.1)
            .seed(11)
            .build();
    final float[] features = new ToyStream(6, 3, 5).next(4).features();
    final MicroBatch batch =
        new MicroBatch(
            features, new int[] {0, 2, 2, 0}, Collections.nCopies(4, Candidates.of(0, 2)), 4, 6);
    try (OnlineLearner learner = OnlineLearner.create(settings)) {
      final double[] before = Dense.values(learner.parameters().get("layer2.weight"));
      double loss = learner.judge(batch).meanLoss();
      assertThat(loss).isLessThan(5);
      for (int step = 0; step < 50; step++) {
        assertThat(learner.step(batch).loss()).isEqualTo(loss);
        final Judgement judged = learner.judge(batch);
        assertThat(judged.meanLoss()).isLessThan(loss);
        loss = judged.meanLoss();
      }
      final double[] after = Dense.values(learner.parameters().get("layer2.weight"));
      assertThat(Arrays.copyOfRange(after, 5, 10)).isEqualTo(Arrays.copyOfRange(before, 5, 10));
      assertThat(Arrays.copyOf(after, 5)).isNotEqualTo(Arrays.copyOf(before, 5));
    }
  }

  @ParameterizedTest
  @MethodSource("everyRuleAndEveryProtection")
  void takingASnapshotChangesNothing(final Rule rule, final Protection protection) {
    final LearnerSettings settings = settings(rule, protection);
    try (OnlineLearner quiet = OnlineLearner.create(settings);
        OnlineLearner observed = OnlineLearner.create(settings)) {
      play(quiet, batches());
      for (final MicroBatch batch : batches()) {
        play(observed, Arrays.asList(batch));
        observed.snapshot();
        observed.judge(new ToyStream(6, 3, 8).next(3));
      }
      assertThat(observed.snapshot()).isEqualTo(quiet.snapshot());
    }
  }

  @Test
  void restoresNegativeZero() {
    final LearnerSettings settings = settings(Rule.SGD, Protection.NONE);
    try (OnlineLearner fresh = OnlineLearner.create(settings)) {
      final LearnerSnapshot snapshot = fresh.snapshot();
      final byte[] negativeZeros = {0, 0, 0, (byte) 0x80, 0, 0, 0, (byte) 0x80, 0, 0, 0, 0};
      final SortedMap<String, HostTensor> parameters = new TreeMap<>(snapshot.parameters());
      parameters.put(
          "layer2.bias",
          new HostTensor(HostTensor.ElementType.FLOAT32, new long[] {3}, negativeZeros));
      final LearnerSnapshot signed = withParameters(snapshot, parameters);
      try (OnlineLearner restored = OnlineLearner.restore(settings, signed)) {
        assertThat(restored.snapshot()).isEqualTo(signed);
      }
    }
  }

  @Test
  void anotherSeedStartsElsewhere() {
    final LearnerSettings.Builder builder = LearnerSettings.builder(SPEC);
    try (OnlineLearner one = OnlineLearner.create(builder.seed(1).build());
        OnlineLearner two = OnlineLearner.create(builder.seed(2).build())) {
      assertThat(one.snapshot().parameters()).isNotEqualTo(two.snapshot().parameters());
    }
  }

  @ParameterizedTest
  @EnumSource(Rule.class)
  void learnsAProblemThatCanBeLearned(final Rule rule) {
    final ToyStream stream = new ToyStream(6, 3, 3);
    try (OnlineLearner learner = OnlineLearner.create(settings(rule, Protection.NONE))) {
      final double[] losses =
          IntStream.range(0, 300).mapToDouble(i -> learner.step(stream.next(32)).loss()).toArray();

      final double first = Arrays.stream(losses, 0, 10).average().orElseThrow();
      final double last = Arrays.stream(losses, 290, 300).average().orElseThrow();
      assertThat(last).isLessThan(first / 2);
      assertThat(learner.judge(stream.next(200)).correct()).isGreaterThan(160);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Protection.class,
      names = {"NONE", "REPLAY"},
      mode = EnumSource.Mode.EXCLUDE)
  void aStrongProtectionHoldsTheParametersNearTheAnchor(final Protection protection) {
    assertThat(distanceMovedInSecondTask(protection, 1e6))
        .isLessThan(0.5 * distanceMovedInSecondTask(protection, 0));
  }

  private static double distanceMovedInSecondTask(
      final Protection protection, final double strength) {
    final LearnerSettings settings =
        LearnerSettings.builder(SPEC)
            .rule(Rule.SGD)
            .protection(protection)
            .pullInterval(4)
            .strength(strength)
            .seed(4)
            .build();
    final ToyStream first = new ToyStream(6, 3, 21);
    final ToyStream second = new ToyStream(6, 3, 22);
    try (OnlineLearner learner = OnlineLearner.create(settings)) {
      IntStream.range(0, 40).forEach(i -> learner.step(first.next(16)));
      learner.endTask();
      final float[] anchor = weights(learner);
      IntStream.range(0, 40).forEach(i -> learner.step(second.next(16)));
      final float[] end = weights(learner);
      double squares = 0;
      for (int i = 0; i < end.length; i++) {
        squares += (end[i] - anchor[i]) * (end[i] - anchor[i]);
      }
      return Math.sqrt(squares);
    }
  }

  private static float[] weights(final OnlineLearner learner) {
    final double[] values = Dense.values(learner.snapshot().parameters().get("layer1.weight"));
    final float[] narrow = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      narrow[i] = (float) values[i];
    }
    return narrow;
  }

  /** Rule and protection are restored apart, so every one of either is enough. */
  static Stream<Arguments> everyRuleAndEveryProtection() {
    return Stream.concat(
        Arrays.stream(Rule.values()).map(rule -> Arguments.of(rule, Protection.NONE)),
        Arrays.stream(Protection.values()).map(protection -> Arguments.of(Rule.SGD, protection)));
  }

  @ParameterizedTest
  @MethodSource("everyRuleAndEveryProtection")
  void refusesASnapshotThatDoesNotFitAndNamesTheTensor(
      final Rule rule, final Protection protection) {
    final LearnerSettings settings = settings(rule, protection);
    final LearnerSnapshot good;
    try (OnlineLearner learner = OnlineLearner.create(settings)) {
      good = learner.snapshot();
    }
    final HostTensor odd =
        new HostTensor(HostTensor.ElementType.FLOAT32, new long[] {7, 1}, new byte[28]);
    for (int part = 0; part < 3; part++) {
      for (final String name : maps(good).get(part).keySet()) {
        final SortedMap<String, HostTensor> changed = new TreeMap<>(maps(good).get(part));
        changed.put(name, odd);
        assertThatThrownBy(() -> OnlineLearner.restore(settings, with(good, changed)))
            .as("misshapen " + name)
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("'" + name + "'")
            .hasMessageContaining("FLOAT32[7, 1]");
        changed.remove(name);
        assertThatThrownBy(() -> OnlineLearner.restore(settings, with(good, changed)))
            .as("missing " + name)
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("'" + name + "' is missing");
      }
    }
  }

  private static List<SortedMap<String, HostTensor>> maps(final LearnerSnapshot snapshot) {
    return List.of(snapshot.parameters(), snapshot.preconditioner(), snapshot.precision());
  }

  /** The snapshot with one of its maps replaced: the one whose names the given map holds. */
  private static LearnerSnapshot with(
      final LearnerSnapshot snapshot, final SortedMap<String, HostTensor> changed) {
    final List<SortedMap<String, HostTensor>> maps =
        maps(snapshot).stream()
            .map(m -> m.size() > 0 && m.keySet().containsAll(changed.keySet()) ? changed : m)
            .toList();
    return new LearnerSnapshot(
        snapshot.steps(),
        snapshot.examples(),
        snapshot.tasks(),
        snapshot.taskExamples(),
        maps.get(0),
        maps.get(1),
        maps.get(2));
  }

  private static LearnerSnapshot withParameters(
      final LearnerSnapshot snapshot, final SortedMap<String, HostTensor> parameters) {
    return new LearnerSnapshot(
        snapshot.steps(),
        snapshot.examples(),
        snapshot.tasks(),
        snapshot.taskExamples(),
        parameters,
        snapshot.preconditioner(),
        snapshot.precision());
  }

  @Test
  void refusesExamplesOfAnotherWidthAndIsUnchanged() {
    try (OnlineLearner learner =
        OnlineLearner.create(settings(Rule.SYMMETRY, Protection.SYMMETRY))) {
      final LearnerSnapshot before = learner.snapshot();

      assertThatThrownBy(() -> learner.step(new ToyStream(5, 3, 1).next(2)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("5")
          .hasMessageContaining("6");
      assertThat(learner.snapshot()).isEqualTo(before);
    }
  }

  @ParameterizedTest
  @EnumSource(Protection.class)
  void endingATaskWithoutExamplesDoesNothing(final Protection protection) {
    final ToyStream stream = new ToyStream(6, 3, 5);
    try (OnlineLearner learner = OnlineLearner.create(settings(Rule.SGD, protection))) {
      final LearnerSnapshot fresh = learner.snapshot();
      learner.endTask();
      assertThat(learner.snapshot()).isEqualTo(fresh);

      learner.step(stream.next(4));
      learner.endTask();
      final LearnerSnapshot ended = learner.snapshot();
      assertThat(ended.tasks()).isEqualTo(1);
      learner.endTask();
      assertThat(learner.snapshot()).isEqualTo(ended);
    }
  }

  /** The strength plays no part before the first task has ended, so both must end alike. */
  @ParameterizedTest
  @MethodSource("protections")
  void anotherStrengthHoldsFromTheRestoredStateOn(final LearnerSettings.Builder builder) {
    final LearnerSettings weak = builder.strength(0).build();
    final LearnerSettings strong = builder.strength(1e4).build();
    final List<MicroBatch> batches = batches();
    final LearnerSnapshot middle;
    final LearnerSnapshot kept;
    try (OnlineLearner whole = OnlineLearner.create(strong)) {
      play(whole, batches.subList(0, 14));
      kept = whole.snapshot();
      play(whole, batches.subList(14, 20));
      try (OnlineLearner first = OnlineLearner.restore(weak, kept)) {
        middle = first.snapshot();
      }
      assertThat(middle).isEqualTo(kept);
      try (OnlineLearner after = OnlineLearner.restore(strong, middle)) {
        play(after, batches.subList(14, 20));
        assertThat(after.snapshot()).isEqualTo(whole.snapshot());
      }
      try (OnlineLearner unprotected = OnlineLearner.restore(weak, middle)) {
        play(unprotected, batches.subList(14, 20));
        assertThat(unprotected.snapshot().parameters()).isNotEqualTo(whole.snapshot().parameters());
      }
    }
  }

  static Stream<LearnerSettings.Builder> protections() {
    return Stream.of(Scheme.TWO_SIDED, Scheme.OUTPUT_AXIS, Scheme.JOINT)
        .map(
            scheme ->
                LearnerSettings.builder(SPEC)
                    .rule(Rule.SGD)
                    .protectionScheme(scheme)
                    .pullInterval(1)
                    .learningRate(0.05)
                    .seed(11));
  }

  /** A Fisher sample is taken at the first step of every task, whatever the interval. */
  @ParameterizedTest
  @EnumSource(
      names = {"NONE", "REPLAY"},
      mode = EnumSource.Mode.EXCLUDE)
  void aTaskShorterThanTheFisherIntervalIsKept(final Protection protection) {
    final LearnerSettings settings =
        LearnerSettings.builder(SPEC)
            .rule(Rule.SGD)
            .protection(protection)
            .fisherInterval(1_000)
            .strength(1e9)
            .build();
    final ToyStream stream = new ToyStream(6, 3, 5);
    try (OnlineLearner learner = OnlineLearner.create(settings)) {
      for (int task = 0; task < 2; task++) {
        learner.step(stream.next(4));
        learner.step(stream.next(4));
        learner.endTask();
      }
      assertThat(TensorCopies.doubleAt(learner.snapshot().precision(), "weight")).isEqualTo(16);
    }
  }

  @Test
  void readsOnlyTheDeclaredPartOfReusedArrays() {
    final MicroBatch exact = new ToyStream(6, 3, 5).next(4);
    final float[] features = Arrays.copyOf(exact.features(), 60);
    final int[] labels = Arrays.copyOf(exact.labels(), 10);
    Arrays.fill(features, 24, 60, Float.NaN);
    Arrays.fill(labels, 4, 10, -1);
    final LearnerSettings settings = settings(Rule.SYMMETRY, Protection.SYMMETRY);
    try (OnlineLearner one = OnlineLearner.create(settings);
        OnlineLearner two = OnlineLearner.create(settings)) {
      assertThat(two.step(new MicroBatch(features, labels, 4, 6))).isEqualTo(one.step(exact));
      assertThat(two.snapshot()).isEqualTo(one.snapshot());
    }
  }
}
