/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.consolidation;

import static org.assertj.core.api.Assertions.assertThat;

import io.evergrad.curvature.learning.LearnerSnapshot;
import io.evergrad.operators.learner.ModelUpdate;
import io.evergrad.operators.state.FormatTypeInfo;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // Flink's harnesses may be interrupted while they close.
final class ConsolidatorTest {

  @Test
  void numbersRoundsByModelAcrossCheckpoints() throws Exception {
    final OperatorSubtaskState checkpoint;
    try (KeyedOneInputStreamOperatorTestHarness<String, ModelUpdate, Round> harness = harness()) {
      harness.open();
      harness.processElement(update("a", 1, true), 0);
      harness.processElement(update("b", 1, true), 0);
      harness.processElement(update("a", 2, true), 0);
      checkpoint = harness.snapshot(1, 1);

      assertThat(harness.extractOutputValues())
          .containsExactly(
              new Round(1, update("a", 1, true)),
              new Round(1, update("b", 1, true)),
              new Round(2, update("a", 2, true)));
    }
    try (KeyedOneInputStreamOperatorTestHarness<String, ModelUpdate, Round> harness = harness()) {
      harness.initializeState(checkpoint);
      harness.open();
      harness.processElement(update("a", 3, true), 0);

      assertThat(harness.extractOutputValues()).extracting(Round::number).containsExactly(3L);
    }
  }

  @Test
  void asksForEvaluationsAtTheEndsOfTasksOnly() throws Exception {
    try (KeyedOneInputStreamOperatorTestHarness<String, ModelUpdate, Round> harness = harness()) {
      harness.open();
      harness.processElement(update("a", 0, false), 0);
      harness.processElement(update("a", 1, true), 0);

      assertThat(harness.getSideOutput(Consolidator.EVALUATIONS))
          .extracting(element -> element.getValue())
          .containsExactly(
              new EvaluationRequest("a", "t", 1, new TreeMap<>(Map.of("t", 4L)), new TreeMap<>()));
    }
  }

  private static KeyedOneInputStreamOperatorTestHarness<String, ModelUpdate, Round> harness()
      throws Exception {
    final KeyedOneInputStreamOperatorTestHarness<String, ModelUpdate, Round> harness =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new KeyedProcessOperator<>(new Consolidator()), ModelUpdate::model, Types.STRING);
    harness.setup(
        new FormatTypeInfo<>(Round.class, new RoundFormat())
            .createSerializer(new SerializerConfigImpl()));
    return harness;
  }

  private static ModelUpdate update(
      final String model, final long tasksEnded, final boolean taskEnd) {
    return new ModelUpdate(
        model,
        "t",
        taskEnd,
        tasksEnded,
        new TreeMap<>(Map.of("t", 4L)),
        new TreeMap<>(),
        new LearnerSnapshot(
            1, 2, tasksEnded, 0, new TreeMap<>(), new TreeMap<>(), new TreeMap<>()));
  }
}
