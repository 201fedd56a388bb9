/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.learning.LearnerSnapshot;
import io.evergrad.operators.decode.Decoded;
import io.evergrad.operators.publication.StartingVersion;
import io.evergrad.operators.state.FormatTypeInfo;
import io.evergrad.store.NoSuchVersionException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("try") // Flink's harnesses may be interrupted while they close.
final class LearnerOperatorTest {
  private static final LearnerOptions OPTIONS = new LearnerOptions("m", Streams.settings(), 2, 0);

  @Test
  void goesOnBitForBitFromACheckpoint() throws Exception {
    final List<Decoded> records =
        new Streams()
            .examples("a", 21)
            .heldOut("a", 3)
            .examples("b", 20)
            .taskEnd("b")
            .examples("c", 5)
            .records();
    final List<ModelUpdate> whole;
    try (OneInputStreamOperatorTestHarness<Decoded, ModelUpdate> harness = harness(1, 0)) {
      harness.open();
      process(harness, records);
      harness.endInput();
      whole = harness.extractOutputValues();
      assertThat(harness.getSideOutput(LearnerOperator.HELD_OUT)).hasSize(3);
      assertThat(harness.getSideOutput(LearnerOperator.PROGRESS)).hasSizeGreaterThan(3);
    }

    final List<ModelUpdate> interrupted = new ArrayList<>();
    final OperatorSubtaskState checkpoint;
    try (OneInputStreamOperatorTestHarness<Decoded, ModelUpdate> harness = harness(1, 0)) {
      harness.open();
      process(harness, records.subList(0, 30));
      checkpoint = harness.snapshot(1, 1);
      interrupted.addAll(harness.extractOutputValues());
      process(harness, records.subList(30, 40));
    }
    try (OneInputStreamOperatorTestHarness<Decoded, ModelUpdate> harness = harness(1, 0)) {
      harness.initializeState(checkpoint);
      harness.open();
      process(harness, records.subList(30, records.size()));
      harness.endInput();
      interrupted.addAll(harness.extractOutputValues());
    }

    assertThat(interrupted).isEqualTo(whole);
    assertThat(whole).extracting(ModelUpdate::task).containsExactly("a", "b", "c");
  }

  @Test
  void startsFromAStoredSnapshotOnlyWithoutACheckpoint() throws Exception {
    final LearnerSnapshot stored;
    try (OneInputStreamOperatorTestHarness<Decoded, ModelUpdate> harness = harness(1, 0)) {
      harness.open();
      process(harness, new Streams().examples("a", 8).taskEnd("a").records());
      stored = harness.extractOutputValues().get(0).snapshot();
    }
    final OperatorSubtaskState checkpoint;
    try (OneInputStreamOperatorTestHarness<Decoded, ModelUpdate> harness = harness(stored)) {
      harness.open();
      process(harness, new Streams().examples("b", 8).records());
      checkpoint = harness.snapshot(1, 1);
    }
    try (OneInputStreamOperatorTestHarness<Decoded, ModelUpdate> harness = harness(stored)) {
      harness.initializeState(checkpoint);
      harness.open();
      process(harness, new Streams().taskEnd("b").records());

      assertThat(harness.extractOutputValues())
          .singleElement()
          .satisfies(
              update -> {
                assertThat(update.tasksEnded()).isEqualTo(2);
                assertThat(update.snapshot().examples()).isEqualTo(16);
              });
    }
  }

  @Test
  void refusesToRunInParallel() throws Exception {
    try (OneInputStreamOperatorTestHarness<Decoded, ModelUpdate> harness = harness(2, 1)) {
      assertThatThrownBy(harness::open)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("parallelism 2")
          .hasMessageContaining("expected 1");
    }
  }

  /** From the same checkpoint the loss would diverge again. */
  @Test
  void aLossThatHasDivergedEndsTheJob() throws Exception {
    final LearnerSettings diverging =
        LearnerSettings.builder(Streams.settings().network())
            .rule(LearnerSettings.Rule.SGD)
            .learningRate(1e30)
            .batchSize(4)
            .build();
    try (OneInputStreamOperatorTestHarness<Decoded, ModelUpdate> harness =
        harness(
            new LearnerOperator(new LearnerOptions("m", diverging, 2, 0), Optional::empty), 1, 0)) {
      harness.open();
      assertThatThrownBy(() -> process(harness, new Streams().examples("a", 40).records()))
          .isInstanceOf(SuppressRestartsException.class)
          .hasRootCauseInstanceOf(ArithmeticException.class)
          .hasStackTraceContaining("lower the learning rate");
    }
  }

  @Test
  void aVersionToStartFromThatIsNotThereEndsTheJob(@TempDir final Path store) throws Exception {
    final LearnerOperator operator =
        new LearnerOperator(
            OPTIONS, () -> StartingVersion.LATEST.read(store.toString(), "m", Streams.settings()));
    try (OneInputStreamOperatorTestHarness<Decoded, ModelUpdate> harness =
        harness(operator, 1, 0)) {
      assertThatThrownBy(harness::open)
          .isInstanceOf(SuppressRestartsException.class)
          .hasRootCauseInstanceOf(NoSuchVersionException.class);
    }
  }

  private static void process(
      final OneInputStreamOperatorTestHarness<Decoded, ModelUpdate> harness,
      final List<Decoded> records)
      throws Exception {
    for (final Decoded record : records) {
      harness.processElement(new StreamRecord<>(record));
    }
  }

  private static OneInputStreamOperatorTestHarness<Decoded, ModelUpdate> harness(
      final int parallelism, final int subtask) throws Exception {
    return harness(new LearnerOperator(OPTIONS, Optional::empty), parallelism, subtask);
  }

  private static OneInputStreamOperatorTestHarness<Decoded, ModelUpdate> harness(
      final LearnerSnapshot start) throws Exception {
    return harness(new LearnerOperator(OPTIONS, () -> Optional.of(start)), 1, 0);
  }

  private static OneInputStreamOperatorTestHarness<Decoded, ModelUpdate> harness(
      final LearnerOperator operator, final int parallelism, final int subtask) throws Exception {
    final OneInputStreamOperatorTestHarness<Decoded, ModelUpdate> harness =
        new OneInputStreamOperatorTestHarness<>(operator, 8, parallelism, subtask);
    harness.setup(
        new FormatTypeInfo<>(ModelUpdate.class, new ModelUpdateFormat())
            .createSerializer(new SerializerConfigImpl()));
    return harness;
  }
}
