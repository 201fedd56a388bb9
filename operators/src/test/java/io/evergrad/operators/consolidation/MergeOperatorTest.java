/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.consolidation;

import static org.assertj.core.api.Assertions.assertThat;

import io.evergrad.operators.learner.Contribution;
import io.evergrad.operators.learner.ModelUpdate;
import io.evergrad.operators.learner.ModelUpdateFormat;
import io.evergrad.operators.state.FormatTypeInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

final class MergeOperatorTest {
  private static final List<Contribution> CONTRIBUTIONS =
      List.of(
          MergerTest.share(0, "a", 8, 1, 1),
          MergerTest.share(1, "a", 8, 2, 1),
          MergerTest.share(0, "a", 8, 3, 2),
          MergerTest.end(0, "a", 16, 2, 2),
          MergerTest.share(0, "b", 8, 4, 3),
          MergerTest.end(1, "a", 8, 5, 1),
          MergerTest.share(1, "b", 8, 6, 2));

  @Test
  void goesOnFromACheckpointAsIfNothingHadHappened() throws Exception {
    final List<ModelUpdate> whole;
    final int merges;
    try (var harness = harness()) {
      harness.open();
      process(harness, CONTRIBUTIONS);
      harness.endInput();
      whole = harness.extractOutputValues();
      merges = harness.getSideOutput(MergeOperator.MERGED).size();
    }

    final List<ModelUpdate> interrupted = new ArrayList<>();
    final OperatorSubtaskState checkpoint;
    int interruptedMerges = 0;
    try (var harness = harness()) {
      harness.open();
      process(harness, CONTRIBUTIONS.subList(0, 5));
      checkpoint = harness.snapshot(1, 1);
      interrupted.addAll(harness.extractOutputValues());
      interruptedMerges += harness.getSideOutput(MergeOperator.MERGED).size();
      process(harness, CONTRIBUTIONS.subList(5, 6));
    }
    try (var harness = harness()) {
      harness.initializeState(checkpoint);
      harness.open();
      process(harness, CONTRIBUTIONS.subList(5, CONTRIBUTIONS.size()));
      harness.endInput();
      interrupted.addAll(harness.extractOutputValues());
      interruptedMerges += harness.getSideOutput(MergeOperator.MERGED).size();
    }

    assertThat(interrupted).isEqualTo(whole);
    assertThat(interruptedMerges).isEqualTo(merges);
    assertThat(whole).extracting(ModelUpdate::task).containsExactly("a", "b");
    assertThat(whole).extracting(ModelUpdate::taskEnd).containsExactly(true, false);
    assertThat(whole)
        .extracting(update -> update.snapshot().examples())
        .as("what is left is handed out at the end of the input")
        .containsExactly(24L, 40L);
  }

  private static void process(
      final OneInputStreamOperatorTestHarness<Contribution, ModelUpdate> harness,
      final List<Contribution> contributions)
      throws Exception {
    for (final Contribution contribution : contributions) {
      harness.processElement(new StreamRecord<>(contribution));
    }
  }

  private static OneInputStreamOperatorTestHarness<Contribution, ModelUpdate> harness()
      throws Exception {
    final OneInputStreamOperatorTestHarness<Contribution, ModelUpdate> harness =
        new OneInputStreamOperatorTestHarness<>(
            new MergeOperator(
                new MergerOptions("m", MergerTest.SETTINGS, 2, 2, 0), Optional::empty));
    harness.setup(
        new FormatTypeInfo<>(ModelUpdate.class, new ModelUpdateFormat())
            .createSerializer(new SerializerConfigImpl()));
    return harness;
  }
}
