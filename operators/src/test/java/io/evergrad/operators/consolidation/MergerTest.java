/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.consolidation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.evergrad.curvature.learning.Averages;
import io.evergrad.curvature.learning.HostTensor;
import io.evergrad.curvature.learning.HostTensor.ElementType;
import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.curvature.learning.LearnerSettings.Rule;
import io.evergrad.curvature.learning.LearnerSnapshot;
import io.evergrad.curvature.learning.OnlineLearner;
import io.evergrad.curvature.learning.Share;
import io.evergrad.curvature.learning.TaskEvidence;
import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.MlpSpec;
import io.evergrad.operators.learner.Contribution;
import io.evergrad.operators.learner.LearnerCounts;
import io.evergrad.operators.learner.MergedModel;
import io.evergrad.operators.learner.ModelUpdate;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MergerTest {
  private static final MlpSpec NETWORK = new MlpSpec(2, List.of(2), 2, Activation.RELU);
  private static final double RETENTION = 0.5;
  static final LearnerSettings SETTINGS =
      LearnerSettings.builder(NETWORK)
          .rule(Rule.SGD)
          .protection(Protection.EWC)
          .retention(RETENTION)
          .batchSize(4)
          .build();
  private static final LearnerSnapshot START = start();

  private final List<MergedModel> merged = new ArrayList<>();
  private final List<ModelUpdate> updates = new ArrayList<>();
  private final List<Merger> opened = new ArrayList<>();

  @AfterEach
  void close() {
    opened.forEach(Merger::close);
  }

  @Test
  void mergesOnceEveryLearnerCouldHaveHandedIn() {
    final Merger merger = merger(2, 2, 0);

    merger.accept(share(0, "a", 8, 1, 1));
    assertThat(merged).isEmpty();
    merger.accept(share(1, "a", 8, 4, 1));

    assertThat(merged).hasSize(1);
    assertThat(merged.get(0).round()).isEqualTo(1);
    assertThat(merged.get(0).examples()).isEqualTo(16);
    assertThat(merged.get(0).handIns()).containsExactly(1L, 1L);
    assertThat(moved(merged.get(0).parameters())).isCloseTo(2.5, within(1e-5));
    assertThat(merged.get(0).averages().tensors().values())
        .allSatisfy(tensor -> assertThat(first(tensor)).isCloseTo(25, within(1e-4)));
  }

  @Test
  void weighsByExamplesAndAddsUpWhatOneLearnerHandsInTwice() {
    final Merger merger = merger(2, 3, 0);

    merger.accept(share(0, "a", 12, 1, 1));
    merger.accept(share(0, "a", 6, 2, 2));
    merger.accept(share(1, "a", 6, 5, 1));

    assertThat(moved(merged.get(0).parameters()))
        .isCloseTo((18 * (1.0 + 2) + 6 * 5) / 24, within(1e-5));
    assertThat(first(merged.get(0).averages().tensors().get("first.0")))
        .as("the averages are the latest of each")
        .isCloseTo((18 * 20.0 + 6 * 50) / 24, within(1e-4));
  }

  @Test
  void anIdleLearnerHoldsNobodyUpWithinATask() {
    final Merger merger = merger(2, 1, 0);

    merger.accept(share(0, "a", 4, 1, 1));
    merger.accept(share(0, "a", 4, 1, 2));

    assertThat(merged).hasSize(1);
    assertThat(moved(merged.get(0).parameters())).isCloseTo(2, within(1e-5));
  }

  @Test
  void aTaskEndsWhenEveryLearnerHasEndedItAndLaterTasksWait() {
    final Merger merger = merger(2, 100, 0);

    merger.accept(share(0, "a", 8, 2, 1));
    merger.accept(end(0, "a", 8, 3, 1));
    merger.accept(share(0, "b", 8, 100, 2));
    merger.accept(share(1, "a", 8, 4, 1));
    assertThat(updates).isEmpty();
    merger.accept(end(1, "a", 24, 5, 1));

    assertThat(updates).hasSize(1);
    final ModelUpdate update = updates.get(0);
    assertThat(update.task()).isEqualTo("a");
    assertThat(update.taskEnd()).isTrue();
    assertThat(update.tasksEnded()).isEqualTo(1);
    assertThat(update.heldOut()).containsExactly(Map.entry("a", 2L));
    assertThat(update.offsets())
        .as("of what is merged")
        .containsExactly(Map.entry("examples-0", 1L), Map.entry("examples-1", 1L));
    assertThat(moved(update.snapshot().parameters()))
        .as("nothing of the next task")
        .isCloseTo(3, within(1e-5));
    assertThat(first(update.snapshot().precision().get("precision.0")))
        .isCloseTo(8 * 3 + 24 * 5, within(1e-3));
    assertThat(update.snapshot().precision().get("anchor.0"))
        .isEqualTo(update.snapshot().parameters().get("layer1.weight"));
    assertThat(merged.get(0).ends()).containsExactly(1L, 1L);
    assertThat(merged.get(0).posterior()).containsKeys("precision.0", "anchor.0", "weight");
  }

  @Test
  void aLearnerWithoutExamplesOfATaskEndsItByGoingOnOrByItsMarker() {
    final Merger merger = merger(3, 100, 0);

    merger.accept(share(0, "a", 8, 2, 1));
    merger.accept(end(0, "a", 8, 3, 1));
    merger.accept(share(1, "b", 8, 7, 1));
    assertThat(updates).isEmpty();
    merger.accept(end(2, "a", 0, 0, 0));

    assertThat(updates).extracting(ModelUpdate::task).containsExactly("a");
    assertThat(merged.get(0).ends()).containsExactly(1L, 0L, 0L);
  }

  @Test
  void aTaskThatNobodyLearnedIsNone() {
    final Merger merger = merger(2, 100, 0);

    merger.accept(end(0, "a", 0, 0, 0));
    merger.accept(end(1, "a", 0, 0, 0));

    assertThat(updates).isEmpty();
    assertThat(merged).isEmpty();
  }

  @Test
  void aTaskMayComeBack() {
    final Merger merger = merger(2, 100, 0);
    for (final String task : List.of("a", "b", "a")) {
      merger.accept(share(0, task, 8, 1, 1));
      merger.accept(end(0, task, 8, 1, 1));
    }
    for (final String task : List.of("a", "b", "a")) {
      merger.accept(share(1, task, 8, 1, 1));
      merger.accept(end(1, task, 8, 1, 1));
    }

    assertThat(updates).extracting(ModelUpdate::task).containsExactly("a", "b", "a");
  }

  @Test
  void toldOnceARunAndAtEndsOfTasksWhatThePosteriorIs() {
    final Merger merger = merger(1, 1, 0);
    merger.accept(share(0, "a", 4, 1, 1));
    merger.accept(share(0, "a", 4, 1, 2));
    merger.accept(end(0, "a", 8, 1, 2));
    merger.accept(share(0, "b", 4, 1, 3));

    assertThat(merged)
        .extracting(model -> !model.posterior().isEmpty())
        .containsExactly(true, false, true, false);
  }

  @Test
  void publishesAtItsIntervalAndWhatIsLeft() {
    final Merger merger = merger(1, 1, 2);
    for (int i = 1; i <= 5; i++) {
      merger.accept(share(0, "a", 4, 1, i));
    }
    merger.finish();

    assertThat(updates).allMatch(update -> !update.taskEnd());
    assertThat(updates)
        .extracting(update -> update.snapshot().examples())
        .containsExactly(8L, 16L, 20L);
  }

  @Test
  void refusesACheckpointOfAnotherNumberOfLearners() {
    final MergerState state = merger(2, 1, 0).state();

    assertThatThrownBy(() -> merger(3, 1, 0, "run", state))
        .hasMessageContaining("3 learners")
        .hasMessageContaining("has 2")
        .hasMessageContaining("store.start-from");
  }

  /**
   * Contributions of three learners in random interleavings, with failures that go back to a random
   * checkpoint of all: what is merged in the end counts everything once.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void everythingCountsOnceHoweverItInterleavesAndFails(final long seed) throws IOException {
    final SplittableRandom random = new SplittableRandom(seed);
    final int learners = 3;
    final List<List<Contribution>> streams = new ArrayList<>();
    final double[] precision = new double[4];
    long examples = 0;
    for (int learner = 0; learner < learners; learner++) {
      final List<Contribution> stream = new ArrayList<>();
      int handIns = 0;
      for (int task = 0; task < precision.length; task++) {
        final int shares = random.nextInt(4);
        for (int i = 0; i < shares; i++) {
          stream.add(share(learner, "t" + task, 8, random.nextInt(1, 5), ++handIns));
        }
        final int fisher = random.nextInt(1, 10);
        stream.add(end(learner, "t" + task, 8L * shares, fisher, handIns));
        precision[task] += 8.0 * shares * fisher;
        examples += 8L * shares;
      }
      streams.add(stream);
    }

    Merger merger = merger(learners, 2, 0);
    int[] next = new int[learners];
    MergerState checkpoint = merger.state();
    int[] checkpointed = next.clone();
    int checkpointedUpdates = 0;
    int checkpointedMerges = 0;
    int failures = 0;
    while (left(streams, next).size() > 0) {
      final List<Integer> ready = left(streams, next);
      final int learner = ready.get(random.nextInt(ready.size()));
      merger.accept(streams.get(learner).get(next[learner]++));
      if (random.nextInt(5) == 0) {
        checkpoint = throughBytes(merger.state());
        checkpointed = next.clone();
        checkpointedUpdates = updates.size();
        checkpointedMerges = merged.size();
      } else if (failures < 5 && random.nextInt(8) == 0) {
        failures++;
        next = checkpointed.clone();
        updates.subList(checkpointedUpdates, updates.size()).clear();
        merged.subList(checkpointedMerges, merged.size()).clear();
        merger = merger(learners, 2, 0, "run-" + failures, checkpoint);
      }
    }

    final LearnerSnapshot end = updates.get(updates.size() - 1).snapshot();
    assertThat(end.examples()).isEqualTo(examples);
    assertThat(merged)
        .extracting(MergedModel::round)
        .isEqualTo(IntStream.rangeClosed(1, merged.size()).mapToObj(r -> (long) r).toList());
    double expected = 0;
    long tasks = 0;
    for (final double of : precision) {
      if (of > 0) {
        expected = RETENTION * expected + of;
        tasks++;
      }
    }
    assertThat(end.tasks()).isEqualTo(tasks);
    assertThat(first(end.precision().get("precision.0")))
        .isCloseTo(expected, within(1e-4 * expected));
    for (int learner = 0; learner < learners; learner++) {
      final long handIns = streams.get(learner).stream().filter(c -> c.share().isPresent()).count();
      assertThat(merged.get(merged.size() - 1).handIns().get(learner))
          .as("of learner %d", learner)
          .isLessThanOrEqualTo(handIns);
    }
  }

  private static List<Integer> left(final List<List<Contribution>> streams, final int[] next) {
    return IntStream.range(0, next.length)
        .filter(learner -> next[learner] < streams.get(learner).size())
        .boxed()
        .toList();
  }

  private static MergerState throughBytes(final MergerState state) throws IOException {
    final MergerStateFormat format = new MergerStateFormat();
    final MergerState read = format.deserialize(format.getVersion(), format.serialize(state));
    assertThat(read).isEqualTo(state);
    return read;
  }

  private Merger merger(final int learners, final long mergeInterval, final long updateInterval) {
    return merger(learners, mergeInterval, updateInterval, "run", MergerState.at(START, learners));
  }

  private Merger merger(
      final int learners,
      final long mergeInterval,
      final long updateInterval,
      final String run,
      final MergerState state) {
    final Merger merger =
        new Merger(
            new MergerOptions("m", SETTINGS, learners, mergeInterval, updateInterval),
            run,
            new Merger.Output() {
              @Override
              public void merged(final MergedModel model) {
                assertThat(model.run()).isEqualTo(run);
                merged.add(model);
              }

              @Override
              public void update(final ModelUpdate update) {
                updates.add(update);
              }
            },
            state);
    opened.add(merger);
    return merger;
  }

  /** Moves every parameter by an amount; every average is ten times that. */
  static Contribution share(
      final int learner, final String task, final long examples, final int moved, final int n) {
    final SortedMap<String, HostTensor> averages = new TreeMap<>();
    final List<HostTensor> shapes = leaves();
    for (int i = 0; i < shapes.size(); i++) {
      averages.put("first." + i, filled(shapes.get(i), 10f * moved));
    }
    final SortedMap<String, HostTensor> progress = new TreeMap<>();
    START.parameters().forEach((name, tensor) -> progress.put(name, filled(tensor, moved)));
    return new Contribution(
        learner,
        task,
        Optional.of(
            new Share(Math.max(1, examples / 4), examples, progress, new Averages(n, averages))),
        Optional.empty(),
        counts(learner, n));
  }

  /** Ends a task of which so many examples left a Fisher of one value. */
  static Contribution end(
      final int learner, final String task, final long examples, final int fisher, final int n) {
    final SortedMap<String, HostTensor> tensors = new TreeMap<>();
    final List<HostTensor> shapes = leaves();
    for (int i = 0; i < shapes.size(); i++) {
      tensors.put("fisher." + i, filled(shapes.get(i), fisher * 0.05f));
    }
    return new Contribution(
        learner,
        task,
        Optional.empty(),
        Optional.of(new TaskEvidence(examples, examples > 0 ? 1 : 0, tensors)),
        counts(learner, n));
  }

  private static LearnerCounts counts(final int learner, final int n) {
    return new LearnerCounts(
        n, new TreeMap<>(Map.of("a", 1L)), new TreeMap<>(Map.of("examples-" + learner, (long) n)));
  }

  /** In the order of the network: a layer's weight, then its bias. */
  private static List<HostTensor> leaves() {
    return List.of(
        START.parameters().get("layer1.weight"),
        START.parameters().get("layer1.bias"),
        START.parameters().get("layer2.weight"),
        START.parameters().get("layer2.bias"));
  }

  private static HostTensor filled(final HostTensor like, final float value) {
    final ByteBuffer bytes = ByteBuffer.allocate(like.data().length).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      bytes.putFloat(value);
    }
    return new HostTensor(ElementType.FLOAT32, like.shape(), bytes.array());
  }

  private static double moved(final SortedMap<String, HostTensor> parameters) {
    return first(parameters.get("layer1.weight")) - first(START.parameters().get("layer1.weight"));
  }

  private static double first(final HostTensor tensor) {
    return ByteBuffer.wrap(tensor.data()).order(ByteOrder.LITTLE_ENDIAN).getFloat();
  }

  private static LearnerSnapshot start() {
    try (OnlineLearner learner = OnlineLearner.create(SETTINGS)) {
      return learner.snapshot();
    }
  }
}
