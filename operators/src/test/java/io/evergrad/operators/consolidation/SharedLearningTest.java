/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.consolidation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.evergrad.curvature.learning.LearnerSnapshot;
import io.evergrad.curvature.learning.OnlineLearner;
import io.evergrad.operators.decode.Decoded;
import io.evergrad.operators.learner.Contribution;
import io.evergrad.operators.learner.MergedModel;
import io.evergrad.operators.learner.ModelUpdate;
import io.evergrad.operators.learner.ReplicaInTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Three learners and their merger, with edges that delay and a topic that each learner reads at its
 * own pace. Failures go back to a checkpoint; what the failed run wrote to the topic stays there.
 */
final class SharedLearningTest {
  private static final int LEARNERS = 3;
  private static final int INTERVAL = 2;
  private static final int FAILURES = 3;
  private static final List<String> TASKS = List.of("a", "b", "c");

  private final List<MergedModel> topic = new ArrayList<>();
  private final List<ModelUpdate> updates = new ArrayList<>();
  private final List<ReplicaInTest> learners = new ArrayList<>();
  private Merger merger;

  /** A cut of the whole system. */
  private record Checkpoint(
      List<byte[]> learners,
      List<List<Contribution>> onTheWay,
      int[] records,
      int[] offsets,
      byte[] merger,
      int updates) {}

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void everyExampleCountsOnceAndStaleModelsAreIgnored(final long seed) throws IOException {
    final SplittableRandom random = new SplittableRandom(seed);
    final List<List<Decoded>> streams = new ArrayList<>();
    final Map<String, Long> examples = new TreeMap<>();
    for (int index = 0; index < LEARNERS; index++) {
      final List<Integer> counts = new ArrayList<>();
      for (final String task : TASKS) {
        counts.add(random.nextInt(80));
        examples.merge(task, (long) counts.get(counts.size() - 1), Long::sum);
      }
      streams.add(ReplicaInTest.records(TASKS, counts));
    }
    start();
    int[] records = new int[LEARNERS];
    int[] offsets = new int[LEARNERS];
    Checkpoint last = checkpoint(records, offsets);
    int failures = 0;
    int taken = 0;
    while (!done(streams, records)) {
      final int index = random.nextInt(LEARNERS);
      final ReplicaInTest learner = learners.get(index);
      final int what = random.nextInt(1_000);
      if (what < 600 && records[index] < streams.get(index).size()) {
        learner.accept(streams.get(index).get(records[index]++));
      } else if (what < 800 && !learner.handedIn().isEmpty()) {
        merger.accept(learner.handedIn().remove());
      } else if (what < 980 && offsets[index] < topic.size()) {
        final MergedModel model = topic.get(offsets[index]++);
        final boolean adopted = learner.adopt(model);
        assertThat(adopted).isEqualTo(model.run().equals("run-" + failures));
        taken += adopted ? 1 : 0;
      } else if (what < 990) {
        last = checkpoint(records, offsets);
      } else if (failures < FAILURES) {
        failures++;
        restore(last, "run-" + failures);
        records = last.records().clone();
        offsets = last.offsets().clone();
      }
    }
    close();

    assertThat(failures).isPositive();
    assertThat(taken).isPositive();
    final List<String> learned = TASKS.stream().filter(task -> examples.get(task) > 0).toList();
    assertThat(updates).extracting(ModelUpdate::task).containsExactlyElementsOf(learned);
    double weight = 0;
    long total = 0;
    for (int i = 0; i < learned.size(); i++) {
      total += examples.get(learned.get(i));
      weight += examples.get(learned.get(i));
      final LearnerSnapshot snapshot = updates.get(i).snapshot();
      assertThat(snapshot.examples()).isEqualTo(total);
      assertThat(snapshot.tasks()).isEqualTo(i + 1L);
      assertThat(weightOf(snapshot)).isCloseTo(weight, within(1e-9));
    }
    final int left = failures;
    assertThat(topic.stream().filter(model -> model.run().equals("run-" + left)))
        .extracting(MergedModel::round)
        .isSorted()
        .doesNotHaveDuplicates();
  }

  private boolean done(final List<List<Decoded>> streams, final int[] records) {
    for (int index = 0; index < LEARNERS; index++) {
      if (records[index] < streams.get(index).size() || !learners.get(index).handedIn().isEmpty()) {
        return false;
      }
    }
    return true;
  }

  private void start() {
    for (int index = 0; index < LEARNERS; index++) {
      learners.add(ReplicaInTest.start(INTERVAL, "run-0", index, LEARNERS));
    }
    try (OnlineLearner fresh = OnlineLearner.create(ReplicaInTest.settings())) {
      merger = merger("run-0", MergerState.at(fresh.snapshot(), LEARNERS));
    }
  }

  private Checkpoint checkpoint(final int[] records, final int[] offsets) {
    return new Checkpoint(
        learners.stream().map(ReplicaInTest::checkpoint).toList(),
        learners.stream().map(learner -> List.copyOf(learner.handedIn())).toList(),
        records.clone(),
        offsets.clone(),
        new MergerStateFormat().serialize(merger.state()),
        updates.size());
  }

  private void restore(final Checkpoint checkpoint, final String run) throws IOException {
    close();
    learners.clear();
    for (int index = 0; index < LEARNERS; index++) {
      final ReplicaInTest learner =
          ReplicaInTest.restore(INTERVAL, run, checkpoint.learners().get(index));
      learner.handedIn().addAll(checkpoint.onTheWay().get(index));
      learners.add(learner);
    }
    merger = merger(run, new MergerStateFormat().deserialize(1, checkpoint.merger()));
    updates.subList(checkpoint.updates(), updates.size()).clear();
  }

  private Merger merger(final String run, final MergerState state) {
    return new Merger(
        new MergerOptions("m", ReplicaInTest.settings(), LEARNERS, INTERVAL, 0),
        run,
        new Merger.Output() {
          @Override
          public void merged(final MergedModel model) {
            topic.add(model);
          }

          @Override
          public void update(final ModelUpdate update) {
            updates.add(update);
          }
        },
        state);
  }

  private void close() {
    learners.forEach(ReplicaInTest::close);
    merger.close();
  }

  private static double weightOf(final LearnerSnapshot snapshot) {
    return ByteBuffer.wrap(snapshot.precision().get("weight").data())
        .order(ByteOrder.LITTLE_ENDIAN)
        .getDouble();
  }
}
