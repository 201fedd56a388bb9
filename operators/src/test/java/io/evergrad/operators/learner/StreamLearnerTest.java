/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.learning.LearnerSnapshot;
import io.evergrad.curvature.learning.MicroBatch;
import io.evergrad.curvature.learning.OnlineLearner;
import io.evergrad.curvature.learning.StepResult;
import io.evergrad.curvature.network.Normalisation;
import io.evergrad.curvature.network.TransformerSpec;
import io.evergrad.operators.decode.Decoded;
import io.evergrad.operators.decode.Example;
import io.evergrad.operators.decode.Features;
import io.evergrad.operators.metrics.Progress;
import io.evergrad.operators.wire.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class StreamLearnerTest {
  private final Told told = new Told();

  @Test
  void learnsAsABareLoopDoes() {
    final List<Decoded> records = new Streams().examples("a", 24).taskEnd("").records();
    run(options(0, 0), records);

    try (OnlineLearner bare = OnlineLearner.create(Streams.settings())) {
      final int width = Streams.NETWORK.inputs();
      for (int step = 0; step < 3; step++) {
        final float[] features = new float[8 * width];
        final int[] labels = new int[8];
        for (int row = 0; row < 8; row++) {
          final Example example = (Example) records.get(step * 8 + row);
          example.features().copyTo(features, row * width);
          labels[row] = example.label();
        }
        bare.step(new MicroBatch(features, labels, 8, width));
      }
      bare.endTask();
      assertThat(told.updates).hasSize(1);
      assertThat(told.updates.get(0).snapshot()).isEqualTo(bare.snapshot());
    }
  }

  @Test
  void aTaskEndsWhereItsIdChangesAndAtItsMarker() {
    run(
        options(0, 0),
        new Streams().examples("a", 10).examples("b", 20).taskEnd("b").examples("c", 3).records());

    assertThat(told.updates).extracting(ModelUpdate::task).containsExactly("a", "b");
    assertThat(told.updates).extracting(ModelUpdate::tasksEnded).containsExactly(1L, 2L);
    assertThat(told.updates).allMatch(ModelUpdate::taskEnd);
    assertThat(told.updates)
        .extracting(update -> update.snapshot().examples())
        .as("the partial micro-batch is learned first")
        .containsExactly(10L, 30L);
    assertThat(told.updates)
        .extracting(ModelUpdate::offsets)
        .as("what follows the end is not yet read")
        .containsExactly(new TreeMap<>(Map.of("examples-0", 10L)), offsets(31));
  }

  @Test
  void markersOfOtherTasksEndNothing() {
    run(
        options(0, 0),
        new Streams().taskEnd("").taskEnd("a").examples("a", 5).taskEnd("b").records());

    assertThat(told.updates).isEmpty();
  }

  @Test
  void examplesWithoutAnIdBelongToTheCurrentTask() {
    run(
        options(0, 0),
        new Streams()
            .heldOut("", 1)
            .examples("", 5)
            .taskEnd("")
            .examples("x", 5)
            .examples("", 5)
            .heldOut("", 2)
            .taskEnd("")
            .examples("", 1)
            .taskEnd("")
            .records());

    assertThat(told.updates).extracting(ModelUpdate::task).containsExactly("task-1", "x", "task-3");
    assertThat(told.updates.get(2).heldOut()).isEqualTo(Map.of("task-1", 1L, "x", 2L));
    assertThat(told.heldOut).extracting(Example::task).containsExactly("task-1", "x", "x");
  }

  @Test
  void heldOutExamplesAreCountedAndNeverLearned() {
    run(
        options(0, 0),
        new Streams()
            .examples("a", 4)
            .heldOut("a", 3)
            .heldOut("b", 2)
            .examples("a", 4)
            .taskEnd("a")
            .heldOut("a", 1)
            .examples("b", 8)
            .taskEnd("b")
            .records());
    final List<ModelUpdate> withHeldOut = List.copyOf(told.updates);
    told.updates.clear();
    run(
        options(0, 0),
        withoutHeldOut(
            new Streams()
                .examples("a", 4)
                .heldOut("a", 3)
                .heldOut("b", 2)
                .examples("a", 4)
                .taskEnd("a")
                .heldOut("a", 1)
                .examples("b", 8)
                .taskEnd("b")
                .records()));

    assertThat(withHeldOut)
        .extracting(ModelUpdate::heldOut)
        .containsExactly(
            new TreeMap<>(Map.of("a", 3L, "b", 2L)), new TreeMap<>(Map.of("a", 4L, "b", 2L)));
    assertThat(withHeldOut)
        .extracting(ModelUpdate::snapshot)
        .isEqualTo(told.updates.stream().map(ModelUpdate::snapshot).toList());
  }

  @Test
  void tellsProgressOverTheExamplesSinceTheLast() {
    run(options(2, 0), new Streams().examples("a", 8 * 5 + 3).taskEnd("a").records());

    assertThat(told.progress).extracting(Progress::step).containsExactly(2L, 4L, 6L);
    assertThat(told.progress).extracting(Progress::examples).containsExactly(16L, 32L, 43L);
    assertThat(told.progress).extracting(Progress::task).containsOnly("a");
    assertThat(told.progress.get(0).accuracy())
        .isEqualTo((told.steps.get(0).correct() + told.steps.get(1).correct()) / 16.0);
    assertThat(told.progress.get(2).loss())
        .isEqualTo(
            (told.steps.get(4).loss() * 8 + told.steps.get(5).loss() * 3) / 11, within(1e-12));
  }

  @Test
  void tellsProgressByPredictionsWhereAnExampleHasSeveral() {
    final LearnerSettings settings =
        LearnerSettings.builder(new TransformerSpec(3, 4, 4, 1, 4, 1, Normalisation.LAYER))
            .batchSize(2)
            .build();
    final List<Decoded> texts = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      texts.add(
          new Example(new Position("examples", 0, i), "a", Features.of(i % 4, 1, 2, 3), 0, false));
    }

    run(new LearnerOptions("m", settings, 2, 0), texts);

    final int correct = told.steps.get(0).correct() + told.steps.get(1).correct();
    assertThat(told.progress.get(0).examples()).isEqualTo(4);
    assertThat(told.progress.get(0).accuracy()).isEqualTo(correct / 12.0);
    assertThat(told.progress.get(0).loss())
        .isEqualTo((told.steps.get(0).loss() + told.steps.get(1).loss()) / 2, within(1e-12));
  }

  @Test
  void tellsItsStateAtTheIntervalAndAtTheEndOfTheStream() {
    run(options(0, 2), new Streams().examples("a", 8 * 4 + 3).records());

    assertThat(told.updates).extracting(u -> u.snapshot().steps()).containsExactly(2L, 4L, 5L);
    assertThat(told.updates).noneMatch(ModelUpdate::taskEnd);
    assertThat(told.updates).extracting(ModelUpdate::offsets).contains(offsets(16), offsets(35));
  }

  @Test
  void goesOnBitForBitFromItsStateAtAnyRecord() throws Exception {
    final List<Decoded> records =
        new Streams()
            .examples("a", 21)
            .heldOut("a", 2)
            .examples("b", 18)
            .taskEnd("b")
            .heldOut("b", 2)
            .examples("c", 13)
            .records();
    final LearnerOptions options = options(2, 3);
    run(options, records);
    final List<Object> whole = told.everything();
    final LearnerStateFormat format = new LearnerStateFormat();

    for (int cut = 0; cut <= records.size(); cut += 5) {
      told.clear();
      final byte[] state;
      try (StreamLearner first = StreamLearner.create(options, told)) {
        records.subList(0, cut).forEach(first::accept);
        state = format.serialize(first.state());
      }
      try (StreamLearner second =
          StreamLearner.restore(options, told, format.deserialize(1, state))) {
        records.subList(cut, records.size()).forEach(second::accept);
        second.finish();
      }
      assertThat(told.everything()).as("cut before record %d", cut).isEqualTo(whole);
    }
  }

  @Test
  void refusesAStateOfAnotherBatchSize() {
    final LearnerState state;
    try (StreamLearner learner = StreamLearner.create(options(0, 0), told)) {
      new Streams().examples("a", 7).records().forEach(learner::accept);
      state = learner.state();
    }
    final LearnerSettings smaller = LearnerSettings.builder(Streams.NETWORK).batchSize(4).build();

    assertThatThrownBy(
            () -> StreamLearner.restore(new LearnerOptions("m", smaller, 0, 0), told, state))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("7 examples")
        .hasMessageContaining("fewer than 4");
  }

  @Test
  void startsFromASnapshotWithItsTasksCounted() {
    run(options(0, 0), new Streams().examples("a", 9).taskEnd("a").records());
    final LearnerSnapshot snapshot = told.updates.get(0).snapshot();
    told.clear();

    try (StreamLearner learner =
        StreamLearner.restore(options(0, 0), told, LearnerState.at(snapshot))) {
      learner.finish();
      assertThat(told.updates).as("nothing changed").isEmpty();
      new Streams().examples("b", 9).taskEnd("b").records().forEach(learner::accept);
    }

    assertThat(told.updates).extracting(ModelUpdate::tasksEnded).containsExactly(2L);
    assertThat(told.updates.get(0).snapshot().examples()).isEqualTo(18);
  }

  private void run(final LearnerOptions options, final List<Decoded> records) {
    try (StreamLearner learner = StreamLearner.create(options, told)) {
      records.forEach(learner::accept);
      if (options.updateInterval() > 0) {
        learner.finish();
      }
    }
  }

  private static List<Decoded> withoutHeldOut(final List<Decoded> records) {
    return records.stream().filter(r -> !(r instanceof Example e && e.heldOut())).toList();
  }

  private static SortedMap<String, Long> offsets(final long next) {
    return new TreeMap<>(Map.of("examples-0", next));
  }

  private static LearnerOptions options(final long progressInterval, final long updateInterval) {
    return new LearnerOptions("m", Streams.settings(), progressInterval, updateInterval);
  }

  /** Keeps what a learner tells. */
  private static final class Told implements StreamLearner.Output {
    private final List<ModelUpdate> updates = new ArrayList<>();
    private final List<StepResult> steps = new ArrayList<>();
    private final List<Progress> progress = new ArrayList<>();
    private final List<Example> heldOut = new ArrayList<>();

    @Override
    public void update(final ModelUpdate update) {
      updates.add(update);
    }

    @Override
    public void step(final StepResult result) {
      steps.add(result);
    }

    @Override
    public void progress(final Progress p) {
      progress.add(
          new Progress(p.model(), p.task(), p.step(), p.examples(), p.accuracy(), p.loss(), 0));
    }

    @Override
    public void heldOut(final Example example) {
      heldOut.add(example);
    }

    private List<Object> everything() {
      final List<Object> all = new ArrayList<>(updates);
      all.addAll(steps);
      all.addAll(progress);
      all.addAll(heldOut);
      return all;
    }

    private void clear() {
      updates.clear();
      steps.clear();
      progress.clear();
      heldOut.clear();
    }
  }
}
