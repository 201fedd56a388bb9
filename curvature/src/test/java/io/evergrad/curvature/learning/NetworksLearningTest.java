/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import static org.assertj.core.api.Assertions.assertThat;

import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.curvature.learning.LearnerSettings.Rule;
import io.evergrad.curvature.learning.LearnerSettings.Scheme;
import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.ConvolutionalSpec;
import io.evergrad.curvature.network.NetworkSpec;
import io.evergrad.curvature.network.Normalisation;
import io.evergrad.curvature.network.RecurrentSpec;
import io.evergrad.curvature.network.TransformerSpec;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every family but the perceptron learns, and is protected, at default settings. */
class NetworksLearningTest {
  private static final int STEPS = 60;
  private static final int BATCH = 16;

  private static final double STRENGTH = 30_000;

  static Stream<NetworkSpec> specs() {
    return Stream.of(
        new ConvolutionalSpec(1, 6, 6, List.of(4, 6), 3, 2, 4, Activation.RELU),
        new RecurrentSpec(4, 5, List.of(12), 4, Activation.TANH),
        new TransformerSpec(4, 5, 8, 2, 12, 1, Normalisation.LAYER));
  }

  static Stream<Arguments> protections() {
    return specs()
        .flatMap(
            spec ->
                Stream.of(
                    Arguments.of(spec, Protection.NONE, Scheme.TWO_SIDED),
                    Arguments.of(spec, Protection.EWC, Scheme.TWO_SIDED),
                    Arguments.of(spec, Protection.SYMMETRY, Scheme.TWO_SIDED),
                    Arguments.of(spec, Protection.SYMMETRY, Scheme.JOINT)));
  }

  @ParameterizedTest
  @MethodSource("protections")
  void learnsATaskAndKeepsItIfProtected(
      final NetworkSpec spec, final Protection protection, final Scheme scheme) {
    final LearnerSettings settings =
        LearnerSettings.builder(spec)
            .protection(protection)
            .protectionScheme(scheme)
            .strength(STRENGTH)
            .build();
    final ToyTask first = ToyTask.of(spec, 0);
    final ToyTask second = ToyTask.of(spec, 1);
    final MicroBatch held = first.next(200);
    try (OnlineLearner learner = OnlineLearner.create(settings)) {
      learn(learner, first, STEPS);
      final double learned = accuracy(learner, held);
      learner.endTask();
      learn(learner, second, STEPS);

      assertThat(learned).isGreaterThan(0.8);
      final double kept = accuracy(learner, held);
      if (protection == Protection.NONE) {
        assertThat(kept).isLessThan(0.5);
        assertThat(accuracy(learner, second.next(200))).isGreaterThan(0.6);
      } else {
        assertThat(kept).isGreaterThan(0.9 * learned);
      }
    }
  }

  static Stream<Arguments> ways() {
    return specs()
        .flatMap(
            spec ->
                Stream.of(
                    Arguments.of(spec, Rule.SYMMETRY, Scheme.TWO_SIDED),
                    Arguments.of(spec, Rule.SYMMETRY, Scheme.JOINT),
                    Arguments.of(spec, Rule.ADAM, Scheme.INPUT_AXIS)));
  }

  /** Every baseline rule with a baseline protection, so that each of either is tried. */
  static Stream<Arguments> baselines() {
    final List<Rule> rules =
        Arrays.stream(Rule.values()).filter(rule -> rule != Rule.SYMMETRY).toList();
    final List<Protection> protections =
        Arrays.stream(Protection.values()).filter(p -> p != Protection.SYMMETRY).toList();
    return specs()
        .flatMap(
            spec ->
                IntStream.range(0, Math.max(rules.size(), protections.size()))
                    .mapToObj(
                        i ->
                            Arguments.of(
                                spec,
                                rules.get(i % rules.size()),
                                protections.get(i % protections.size()))));
  }

  /** The mean loss of the task falls, and falls alike after a restart. */
  @ParameterizedTest
  @MethodSource("baselines")
  void everyBaselineLearnsAndGoesOn(
      final NetworkSpec spec, final Rule rule, final Protection protection) {
    final LearnerSettings settings =
        LearnerSettings.builder(spec).rule(rule).protection(protection).build();
    final ToyTask task = ToyTask.of(spec, 0);
    try (OnlineLearner learner = OnlineLearner.create(settings)) {
      final double first = learner.step(task.next(64)).loss();
      learn(learner, task, STEPS);
      learner.endTask();
      learn(learner, task, STEPS);
      try (OnlineLearner restored = OnlineLearner.restore(settings, learner.snapshot())) {
        final MicroBatch batch = task.next(64);
        final StepResult last = learner.step(batch);

        assertThat(restored.step(batch)).isEqualTo(last);
        assertThat(restored.snapshot()).isEqualTo(learner.snapshot());
        assertThat(last.loss()).isLessThan(0.7 * first);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("ways")
  void goesOnFromASnapshotBitForBit(final NetworkSpec spec, final Rule rule, final Scheme scheme) {
    final LearnerSettings settings =
        LearnerSettings.builder(spec)
            .rule(rule)
            .ruleScheme(scheme)
            .protectionScheme(scheme)
            .build();
    final ToyTask task = ToyTask.of(spec, 3);
    try (OnlineLearner learner = OnlineLearner.create(settings)) {
      learn(learner, task, 7);
      learner.endTask();
      learn(learner, task, 6);
      try (OnlineLearner restored = OnlineLearner.restore(settings, learner.snapshot())) {
        for (int step = 0; step < 13; step++) {
          final MicroBatch batch = task.next(5);
          assertThat(restored.step(batch)).isEqualTo(learner.step(batch));
        }
        learner.endTask();
        restored.endTask();

        assertThat(restored.snapshot()).isEqualTo(learner.snapshot());
      }
    }
  }

  private static void learn(final OnlineLearner learner, final ToyTask task, final int steps) {
    for (int step = 0; step < steps; step++) {
      learner.step(task.next(BATCH));
    }
  }

  private static double accuracy(final OnlineLearner learner, final MicroBatch held) {
    final Judgement judged = learner.judge(held);
    return (double) judged.correct() / judged.predictions();
  }
}
