/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evergrad.curvature.learning.Classifier;
import io.evergrad.curvature.learning.HostTensor;
import io.evergrad.curvature.learning.Judgement;
import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.learning.MicroBatch;
import io.evergrad.curvature.learning.OnlineLearner;
import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.Candidates;
import io.evergrad.curvature.network.MlpSpec;
import io.evergrad.operators.consolidation.EvaluationRequest;
import io.evergrad.operators.decode.Example;
import io.evergrad.operators.decode.Features;
import io.evergrad.operators.metrics.Evaluation;
import io.evergrad.operators.metrics.Metric;
import io.evergrad.operators.wire.Position;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.TwoInputStreamOperatorTestHarness;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // Flink's harnesses may be interrupted while they close.
final class EvaluatorTest {
  private static final MlpSpec NETWORK = new MlpSpec(3, List.of(), 3, Activation.RELU);
  private static final int BATCH = 4;
  private static SortedMap<String, HostTensor> parameters;

  @BeforeAll
  static void makeParameters() {
    try (OnlineLearner learner =
        OnlineLearner.create(LearnerSettings.builder(NETWORK).seed(5).build())) {
      parameters = learner.snapshot().parameters();
    }
  }

  @Test
  void waitsForTheExamplesThatTheRequestCounts() throws Exception {
    final List<Example> a = examples("a", 5);
    final List<Example> b = examples("b", 2);
    try (TwoInputStreamOperatorTestHarness<Example, EvaluationRequest, Metric> harness =
        harness(100)) {
      harness.open();
      feed(harness, a.subList(0, 4));
      harness.processElement2(new StreamRecord<>(request(1, "a", Map.of("a", 5L, "b", 2L))));
      assertThat(harness.extractOutputValues()).isEmpty();
      feed(harness, a.subList(4, 5));
      feed(harness, b.subList(0, 1));
      assertThat(harness.extractOutputValues()).isEmpty();
      feed(harness, b.subList(1, 2));

      assertThat(harness.extractOutputValues())
          .containsExactly(evaluation(1, "a", "a", a), evaluation(1, "a", "b", b));
    }
  }

  @Test
  void passesOverExamplesThatCameLater() throws Exception {
    final List<Example> a = examples("a", 9);
    final List<Example> b = examples("b", 3);
    try (TwoInputStreamOperatorTestHarness<Example, EvaluationRequest, Metric> harness =
        harness(100)) {
      harness.open();
      feed(harness, a);
      feed(harness, b);
      harness.processElement2(new StreamRecord<>(request(1, "a", Map.of("a", 4L))));
      harness.processElement2(new StreamRecord<>(request(2, "b", Map.of("a", 9L, "b", 3L))));

      assertThat(harness.extractOutputValues())
          .containsExactly(
              evaluation(1, "a", "a", a.subList(0, 4)),
              evaluation(2, "b", "a", a),
              evaluation(2, "b", "b", b));
    }
  }

  @Test
  void evaluatesInTheOrderOfTheRequests() throws Exception {
    final List<Example> a = examples("a", 1);
    try (TwoInputStreamOperatorTestHarness<Example, EvaluationRequest, Metric> harness =
        harness(100)) {
      harness.open();
      harness.processElement2(new StreamRecord<>(request(1, "a", Map.of("a", 1L))));
      harness.processElement2(new StreamRecord<>(request(2, "b", Map.of())));
      harness.processElement2(new StreamRecord<>(request(3, "c", Map.of("a", 1L))));
      feed(harness, a);

      assertThat(harness.extractOutputValues())
          .containsExactly(evaluation(1, "a", "a", a), evaluation(3, "c", "a", a));
    }
  }

  @Test
  void goesOnFromACheckpoint() throws Exception {
    final List<Example> a = examples("a", 40);
    final List<Metric> whole;
    try (TwoInputStreamOperatorTestHarness<Example, EvaluationRequest, Metric> harness =
        harness(8)) {
      harness.open();
      feed(harness, a.subList(0, 20));
      harness.processElement2(new StreamRecord<>(request(1, "a", Map.of("a", 15L))));
      harness.processElement2(new StreamRecord<>(request(2, "b", Map.of("a", 40L))));
      feed(harness, a.subList(20, 40));
      whole = harness.extractOutputValues();
    }

    final List<Metric> interrupted = new ArrayList<>();
    final OperatorSubtaskState checkpoint;
    try (TwoInputStreamOperatorTestHarness<Example, EvaluationRequest, Metric> harness =
        harness(8)) {
      harness.open();
      feed(harness, a.subList(0, 20));
      harness.processElement2(new StreamRecord<>(request(1, "a", Map.of("a", 15L))));
      harness.processElement2(new StreamRecord<>(request(2, "b", Map.of("a", 40L))));
      checkpoint = harness.snapshot(1, 1);
      interrupted.addAll(harness.extractOutputValues());
    }
    try (TwoInputStreamOperatorTestHarness<Example, EvaluationRequest, Metric> harness =
        harness(8)) {
      harness.initializeState(checkpoint);
      harness.open();
      feed(harness, a.subList(20, 40));
      interrupted.addAll(harness.extractOutputValues());
    }

    assertThat(interrupted).isEqualTo(whole).hasSize(2);
    assertThat(whole).allMatch(metric -> ((Evaluation) metric).examples() == 8);
  }

  /** A class that is alone is always right, at no loss; also after a checkpoint. */
  @Test
  void judgesAmongCandidates() throws Exception {
    final List<Example> alone =
        examples("a", 6).stream()
            .map(
                e -> new Example(e.position(), "a", e.features(), 2, Candidates.of(2), e.heldOut()))
            .toList();
    final OperatorSubtaskState checkpoint;
    try (TwoInputStreamOperatorTestHarness<Example, EvaluationRequest, Metric> harness =
        harness(100)) {
      harness.open();
      feed(harness, alone);
      checkpoint = harness.snapshot(1, 1);
    }
    try (TwoInputStreamOperatorTestHarness<Example, EvaluationRequest, Metric> harness =
        harness(100)) {
      harness.initializeState(checkpoint);
      harness.open();
      harness.processElement2(new StreamRecord<>(request(1, "a", Map.of("a", 6L))));

      assertThat(harness.extractOutputValues())
          .containsExactly(new Evaluation("m", "a", 1, "a", 6, 6, 6, 0));
    }
  }

  @Test
  void refusesStateOfAnotherVersion() {
    final EvaluatorStateFormat format = new EvaluatorStateFormat();
    final EvaluatorState done =
        new EvaluatorState.Done(new Evaluation("m", "a", 1, "a", 1, 2, 2, 0.5));

    assertThatThrownBy(() -> format.deserialize(9, format.serialize(done)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("version 9");
    assertThatThrownBy(() -> format.deserialize(1, new byte[0])).isInstanceOf(IOException.class);
  }

  private static Evaluation evaluation(
      final int afterTasks,
      final String afterTask,
      final String task,
      final List<Example> examples) {
    final int width = NETWORK.inputs();
    final float[] features = new float[examples.size() * width];
    final int[] labels = new int[examples.size()];
    for (int i = 0; i < labels.length; i++) {
      examples.get(i).features().copyTo(features, i * width);
      labels[i] = examples.get(i).label();
    }
    try (Classifier classifier = new Classifier(NETWORK, parameters)) {
      Judgement judged = Judgement.NONE;
      for (int i = 0; i < labels.length; i += BATCH) {
        final int end = Math.min(labels.length, i + BATCH);
        judged =
            judged.plus(
                classifier.judge(
                    new MicroBatch(
                        Arrays.copyOfRange(features, i * width, end * width),
                        Arrays.copyOfRange(labels, i, end),
                        end - i,
                        width)));
      }
      return new Evaluation(
          "m",
          afterTask,
          afterTasks,
          task,
          judged.correct(),
          labels.length,
          labels.length,
          judged.meanLoss());
    }
  }

  private static void feed(
      final TwoInputStreamOperatorTestHarness<Example, EvaluationRequest, Metric> harness,
      final List<Example> examples)
      throws Exception {
    for (final Example example : examples) {
      harness.processElement1(new StreamRecord<>(example));
    }
  }

  private static List<Example> examples(final String task, final int count) {
    final Random random = new Random(task.hashCode());
    final List<Example> examples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      final byte[] features = new byte[NETWORK.inputs()];
      random.nextBytes(features);
      examples.add(
          new Example(
              new Position("examples", 0, i),
              task,
              new Features(Features.Encoding.UINT8, features),
              random.nextInt(NETWORK.classes()),
              true));
    }
    return examples;
  }

  private static EvaluationRequest request(
      final int afterTasks, final String afterTask, final Map<String, Long> heldOut) {
    return new EvaluationRequest("m", afterTask, afterTasks, new TreeMap<>(heldOut), parameters);
  }

  private static TwoInputStreamOperatorTestHarness<Example, EvaluationRequest, Metric> harness(
      final int limit) throws Exception {
    return new TwoInputStreamOperatorTestHarness<>(
        new Evaluator(new EvaluatorOptions(NETWORK, limit, BATCH, 1)));
  }
}
