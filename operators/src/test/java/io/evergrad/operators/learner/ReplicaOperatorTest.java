/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evergrad.curvature.learning.Averages;
import io.evergrad.operators.decode.Decoded;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.TwoInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

final class ReplicaOperatorTest {
  private static final LearnerOptions OPTIONS = new LearnerOptions("m", Streams.settings(), 2, 0);

  @Test
  void goesOnBitForBitFromACheckpoint() throws Exception {
    final List<Decoded> records =
        new Streams()
            .examples("a", 45)
            .heldOut("a", 3)
            .examples("b", 20)
            .taskEnd("b")
            .examples("c", 5)
            .records();
    final List<Contribution> whole;
    try (var harness = harness(2)) {
      harness.open();
      process(harness, records);
      harness.endInput1();
      whole = harness.extractOutputValues();
      assertThat(harness.getSideOutput(LearnerOperator.HELD_OUT)).hasSize(3);
      assertThat(harness.getSideOutput(LearnerOperator.PROGRESS)).hasSizeGreaterThan(3);
    }

    final List<Contribution> interrupted = new ArrayList<>();
    final OperatorSubtaskState checkpoint;
    try (var harness = harness(2)) {
      harness.open();
      process(harness, records.subList(0, 30));
      checkpoint = harness.snapshot(1, 1);
      interrupted.addAll(harness.extractOutputValues());
      process(harness, records.subList(30, 60));
    }
    try (var harness = harness(2)) {
      harness.initializeState(checkpoint);
      harness.open();
      process(harness, records.subList(30, records.size()));
      harness.endInput1();
      interrupted.addAll(harness.extractOutputValues());
    }

    assertThat(interrupted).isEqualTo(whole);
    assertThat(whole)
        .filteredOn(contribution -> contribution.end().isPresent())
        .extracting(Contribution::task)
        .containsExactly("a", "b");
    assertThat(whole.stream().mapToLong(c -> c.share().map(s -> s.examples()).orElse(0L)).sum())
        .isEqualTo(70);
  }

  @Test
  void ignoresWhatAnotherRunMerged() throws Exception {
    try (var harness = harness(2)) {
      harness.open();
      harness.processElement2(
          new StreamRecord<>(
              new MergedModel(
                  "m",
                  "another job/0/0",
                  5,
                  1,
                  1,
                  List.of(0L, 0L),
                  List.of(0L, 0L),
                  new TreeMap<>(),
                  new Averages(0, new TreeMap<>()),
                  new TreeMap<>())));

      assertThat(harness.extractOutputValues()).isEmpty();
    }
  }

  @Test
  void refusesACheckpointOfAnotherNumberOfLearners() throws Exception {
    final OperatorSubtaskState checkpoint;
    try (var harness = harness(2)) {
      harness.open();
      checkpoint = harness.snapshot(1, 1);
    }
    try (var harness = harness(3)) {
      assertThatThrownBy(() -> harness.initializeState(checkpoint))
          .as("restarting would not help")
          .isInstanceOf(SuppressRestartsException.class)
          .cause()
          .hasMessageContaining("3 learners")
          .hasMessageContaining("has 2")
          .hasMessageContaining("evergrad.store.start-from");
    }
  }

  private static void process(
      final TwoInputStreamOperatorTestHarness<Decoded, MergedModel, Contribution> harness,
      final List<Decoded> records)
      throws Exception {
    for (final Decoded record : records) {
      harness.processElement1(new StreamRecord<>(record));
    }
  }

  private static TwoInputStreamOperatorTestHarness<Decoded, MergedModel, Contribution> harness(
      final int learners) throws Exception {
    final TwoInputStreamOperatorTestHarness<Decoded, MergedModel, Contribution> harness =
        new TwoInputStreamOperatorTestHarness<>(
            new ReplicaOperator(OPTIONS, 2, Optional::empty), 8, learners, 0);
    harness.setup(ReplicaOperator.OUTPUT.createSerializer(new SerializerConfigImpl()));
    return harness;
  }
}
