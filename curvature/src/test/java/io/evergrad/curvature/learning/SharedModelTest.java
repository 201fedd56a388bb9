/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.curvature.learning.LearnerSettings.Rule;
import io.evergrad.curvature.learning.LearnerSettings.Scheme;
import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.MlpSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class SharedModelTest {
  private static final MlpSpec SPEC = new MlpSpec(6, List.of(5), 3, Activation.TANH);
  private static final double DECAY_OF_FISHER = 0.95;

  static Stream<LearnerSettings> allSettings() {
    return Stream.concat(
            Arrays.stream(Rule.values())
                .flatMap(
                    rule ->
                        Arrays.stream(Protection.values())
                            .map(
                                protection -> builder().rule(rule).protection(protection).build())),
            Arrays.stream(Scheme.values())
                .map(scheme -> builder().ruleScheme(scheme).protectionScheme(scheme).build()))
        .filter(settings -> settings.unshareable().isEmpty());
  }

  private static LearnerSettings.Builder builder() {
    return LearnerSettings.builder(SPEC).seed(11).retention(0.75).fisherInterval(1).averaging(0);
  }

  /** A learner after some steps on its own part of a task. */
  private static OnlineLearner learned(
      final LearnerSettings settings, final int seed, final int steps) {
    final OnlineLearner learner = OnlineLearner.create(settings);
    final ToyStream stream = new ToyStream(6, 3, seed);
    for (int i = 0; i < steps; i++) {
      learner.step(stream.next(4));
    }
    return learner;
  }

  private static Share share(final OnlineLearner learner, final LearnerSnapshot start) {
    final LearnerSnapshot now = learner.snapshot();
    return new Share(
        now.steps(),
        now.examples(),
        TensorSums.minus(now.parameters(), start.parameters()),
        learner.averages());
  }

  private static LearnerSnapshot start(final LearnerSettings settings) {
    try (OnlineLearner fresh = OnlineLearner.create(settings)) {
      return fresh.snapshot();
    }
  }

  @ParameterizedTest
  @MethodSource("allSettings")
  void ofOneLearnerItIsThatLearner(final LearnerSettings settings) {
    final LearnerSnapshot start = start(settings);
    try (OnlineLearner learner = learned(settings, 1, 12);
        SharedModel model = SharedModel.restore(settings, start)) {
      model.merge(List.of(share(learner, start)));
      model.endTask(List.of(learner.taskEvidence()));
      learner.endTask();

      final LearnerSnapshot expected = learner.snapshot();
      final LearnerSnapshot merged = model.snapshot();
      assertClose(merged.parameters(), expected.parameters(), 1e-6);
      assertThat(without("anchor", model.posterior()))
          .as("Λ and ΣN, bit for bit")
          .isEqualTo(without("anchor", learner.posterior()));
      assertThat(merged.steps()).isEqualTo(expected.steps());
      assertThat(merged.examples()).isEqualTo(expected.examples());
      assertThat(merged.tasks()).isEqualTo(expected.tasks());
      assertClose(model.averages().tensors(), learner.averages().tensors(), 1e-5);
      try (OnlineLearner next = OnlineLearner.restore(settings, merged)) {
        next.step(new ToyStream(6, 3, 4).next(4));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("allSettings")
  void aShareMergedWithItselfIsItself(final LearnerSettings settings) {
    final LearnerSnapshot start = start(settings);
    try (OnlineLearner learner = learned(settings, 1, 7);
        SharedModel once = SharedModel.restore(settings, start);
        SharedModel twice = SharedModel.restore(settings, start)) {
      final Share share = share(learner, start);
      once.merge(List.of(share));
      twice.merge(List.of(share, share));

      assertThat(twice.parameters()).isEqualTo(once.parameters());
      assertThat(twice.averages()).isEqualTo(once.averages());
      assertThat(twice.state().examples()).isEqualTo(2 * once.state().examples());
    }
  }

  @Test
  void weighsByExamples() {
    final LearnerSettings settings = builder().rule(Rule.SGD).build();
    final LearnerSnapshot start = start(settings);
    try (OnlineLearner a = learned(settings, 1, 3);
        OnlineLearner b = learned(settings, 2, 9);
        SharedModel model = SharedModel.restore(settings, start)) {
      model.merge(List.of(share(a, start), share(b, start)));

      start
          .parameters()
          .keySet()
          .forEach(
              name -> {
                final double[] ofA = doubles(a.parameters().get(name));
                final double[] ofB = doubles(b.parameters().get(name));
                final double[] merged = doubles(model.parameters().get(name));
                for (int i = 0; i < merged.length; i++) {
                  assertThat(merged[i]).isCloseTo((3 * ofA[i] + 9 * ofB[i]) / 12, within(1e-6));
                }
              });
      assertThat(model.averages().steps()).isEqualTo(9);
    }
  }

  @ParameterizedTest
  @EnumSource(Scheme.class)
  void precisionIsTheDiscountedSumOfWhatEachLearnerLeft(final Scheme scheme) {
    final LearnerSettings settings = builder().protectionScheme(scheme).build();
    try (OnlineLearner a = learned(settings, 1, 5);
        OnlineLearner b = learned(settings, 2, 8);
        SharedModel model = SharedModel.restore(settings, start(settings))) {
      final List<TaskEvidence> both = List.of(a.taskEvidence(), b.taskEvidence());
      model.endTask(List.of(a.taskEvidence()));
      model.endTask(both);

      for (final String fisher : both.get(0).fisher().keySet()) {
        final String name = fisher.replace("fisher", "precision");
        final double[] precision = precision(model, scheme, name);
        final double[] ofA = doubles(both.get(0).fisher().get(fisher));
        final double[] ofB = doubles(both.get(1).fisher().get(fisher));
        final double factorA = 20 / (1 - Math.pow(DECAY_OF_FISHER, 5));
        final double factorB = 32 / (1 - Math.pow(DECAY_OF_FISHER, 8));
        for (int i = 0; i < precision.length; i++) {
          final double expected = 1.75 * factorA * ofA[i] + factorB * ofB[i];
          assertThat(precision[i])
              .as(name)
              .isCloseTo(expected, within(tolerance(scheme) * (1 + Math.abs(expected))));
        }
      }
      assertThat(doubles(model.posterior().get("weight"))).containsExactly(0.75 * 20 + 52);
    }
  }

  private static double[] precision(
      final SharedModel model, final Scheme scheme, final String name) {
    return scheme == Scheme.TWO_SIDED
        ? Dense.flat(Dense.symmetric(model.posterior(), name.replace(".precision", "")))
        : doubles(model.posterior().get(name));
  }

  /** The two-sided form is kept by eigenvectors in float32. */
  private static double tolerance(final Scheme scheme) {
    return scheme == Scheme.TWO_SIDED ? 1e-5 : 1e-12;
  }

  @Test
  void halvesOfATaskLeaveWhatTheWholeDoes() {
    final LearnerSettings settings = builder().protectionScheme(Scheme.OUTPUT_AXIS).build();
    try (OnlineLearner learner = learned(settings, 1, 6);
        SharedModel whole = SharedModel.restore(settings, start(settings));
        SharedModel halves = SharedModel.restore(settings, start(settings))) {
      final TaskEvidence evidence = learner.taskEvidence();
      final TaskEvidence half =
          new TaskEvidence(evidence.examples() / 2, evidence.samples(), evidence.fisher());
      whole.endTask(List.of(evidence));
      halves.endTask(List.of(half, half));

      assertThat(halves.posterior()).isEqualTo(whole.posterior());
    }
  }

  @ParameterizedTest
  @MethodSource("allSettings")
  void aLearnerThatTakesOverDerivesTheSame(final LearnerSettings settings) {
    final LearnerSnapshot start = start(settings);
    try (OnlineLearner a = learned(settings, 1, 5);
        OnlineLearner b = learned(settings, 2, 8);
        SharedModel model = SharedModel.restore(settings, start)) {
      model.merge(List.of(share(a, start), share(b, start)));
      model.endTask(List.of(a.taskEvidence(), b.taskEvidence()));
      a.forgetTask();
      a.adopt(model.parameters(), model.averages());
      a.adoptPosterior(model.posterior());

      assertThat(a.snapshot().parameters()).isEqualTo(model.snapshot().parameters());
      assertThat(withoutTask(a.snapshot().precision()))
          .as("eigenvectors and what the proximal step keeps, too")
          .isEqualTo(withoutTask(model.snapshot().precision()));
      assertClose(a.averages().tensors(), model.averages().tensors(), 1e-5);
      assertThat(a.step(new ToyStream(6, 3, 9).next(4)).loss()).isFinite();
    }
  }

  @Test
  void aTaskThatNobodyLearnedIsNone() {
    final LearnerSettings settings = builder().build();
    try (SharedModel model = SharedModel.restore(settings, start(settings))) {
      assertThat(model.endTask(List.of(new TaskEvidence(0, 0, new TreeMap<>())))).isFalse();
      assertThat(model.state().tasks()).isZero();
    }
  }

  @Test
  void namesATensorThatDoesNotFit() {
    final LearnerSettings settings = builder().build();
    final LearnerSnapshot start = start(settings);
    final SortedMap<String, HostTensor> wrong = new TreeMap<>(start.parameters());
    wrong.put("layer1.bias", TensorCopies.ofDouble(1));

    assertThatThrownBy(() -> TensorSums.plus(start.parameters(), wrong))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("layer1.bias")
        .hasMessageContaining("FLOAT64");
  }

  /** What the current task has left is a signed zero on either side. */
  private static Map<String, HostTensor> withoutTask(final SortedMap<String, HostTensor> tensors) {
    return without("task", new TreeMap<>(without("fisher", tensors)));
  }

  private static Map<String, HostTensor> without(
      final String part, final SortedMap<String, HostTensor> tensors) {
    final SortedMap<String, HostTensor> rest = new TreeMap<>(tensors);
    rest.keySet().removeIf(name -> name.contains(part));
    return rest;
  }

  private static void assertClose(
      final SortedMap<String, HostTensor> found,
      final SortedMap<String, HostTensor> expected,
      final double tolerance) {
    assertThat(found.keySet()).isEqualTo(expected.keySet());
    expected.forEach(
        (name, tensor) -> {
          final double[] e = doubles(tensor);
          final double[] f = doubles(found.get(name));
          for (int i = 0; i < e.length; i++) {
            assertThat(f[i]).as(name).isCloseTo(e[i], within(tolerance * (1 + Math.abs(e[i]))));
          }
        });
  }

  private static double[] doubles(final HostTensor tensor) {
    final ByteBuffer bytes = ByteBuffer.wrap(tensor.data()).order(ByteOrder.LITTLE_ENDIAN);
    final double[] values = new double[tensor.data().length / tensor.type().bytes()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          tensor.type() == HostTensor.ElementType.FLOAT32 ? bytes.getFloat() : bytes.getDouble();
    }
    return values;
  }
}
