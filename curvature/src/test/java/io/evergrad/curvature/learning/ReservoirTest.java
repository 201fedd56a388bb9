/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.curvature.learning.LearnerSettings.Rule;
import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.Candidates;
import io.evergrad.curvature.network.MlpSpec;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ReservoirTest {
  private static final MlpSpec SPEC = new MlpSpec(4, List.of(), 3, Activation.LINEAR);

  private static final int CLASSES = 80;

  /** Examples that are their own number, of label number mod 5. */
  private static MicroBatch numbered(final int first, final int size) {
    final float[] features = new float[2 * size];
    final int[] labels = new int[size];
    for (int i = 0; i < size; i++) {
      features[2 * i] = first + i;
      features[2 * i + 1] = -(first + i);
      labels[i] = (first + i) % 5;
    }
    return new MicroBatch(features, labels, size, 2);
  }

  private static Reservoir filled(final int capacity, final long seed, final int... tasks) {
    final Reservoir reservoir = new Reservoir(capacity, 2, CLASSES, seed);
    int first = 0;
    for (int task = 0; task < tasks.length; task++) {
      for (int left = tasks[task]; left > 0; left -= 3) {
        reservoir.offer(numbered(first, Math.min(left, 3)), task);
        first += Math.min(left, 3);
      }
    }
    return reservoir;
  }

  private static List<Integer> numbers(final MicroBatch batch) {
    return IntStream.range(0, batch.size()).mapToObj(i -> (int) batch.features()[2 * i]).toList();
  }

  @Test
  void keepsAllWhileThereIsRoom() {
    final MicroBatch all = filled(10, 1, 10).draw(20, 1, 0).orElseThrow();

    assertThat(numbers(all))
        .containsExactlyInAnyOrderElementsOf(IntStream.range(0, 10).boxed().toList());
    for (int i = 0; i < all.size(); i++) {
      assertThat(all.labels()[i]).isEqualTo(numbers(all).get(i) % 5);
      assertThat(all.features()[2 * i + 1]).isEqualTo(-all.features()[2 * i]);
    }
  }

  @Test
  void keepsEachExampleWithTheSameProbability() {
    final int seeds = 4_000;
    final int[] kept = new int[30];
    for (int seed = 0; seed < seeds; seed++) {
      for (final int number : numbers(filled(6, seed, 30).draw(6, 1, 0).orElseThrow())) {
        kept[number]++;
      }
    }
    // six standard deviations of a binomial count of probability 1/5
    final double bound = 6 * Math.sqrt(seeds * 0.2 * 0.8);
    for (final int count : kept) {
      assertThat((double) count).isCloseTo(seeds / 5.0, within(bound));
    }
  }

  @Test
  void drawsEachWithTheSameProbabilityAndNoneTwice() {
    final Reservoir reservoir = filled(10, 3, 10);
    final int draws = 4_000;
    final int[] drawn = new int[10];
    for (int step = 0; step < draws; step++) {
      final List<Integer> numbers = numbers(reservoir.draw(4, 1, step).orElseThrow());
      assertThat(numbers).hasSize(4).doesNotHaveDuplicates();
      numbers.forEach(number -> drawn[number]++);
    }
    final double bound = 6 * Math.sqrt(draws * 0.4 * 0.6);
    for (final int count : drawn) {
      assertThat((double) count).isCloseTo(draws * 0.4, within(bound));
    }
  }

  @Test
  void drawsFromEarlierTasksOnly() {
    final Reservoir reservoir = filled(12, 5, 20, 20);

    assertThat(reservoir.draw(12, 0, 0)).isEmpty();
    assertThat(numbers(reservoir.draw(12, 1, 0).orElseThrow())).allMatch(number -> number < 20);
    assertThat(numbers(reservoir.draw(12, 2, 0).orElseThrow())).hasSize(12);
  }

  @Test
  void remembersCandidatesAndGoesOnFromItsState() {
    final Reservoir reservoir = filled(8, 2, 4);
    final int[] labels = {70, 71};
    reservoir.offer(
        new MicroBatch(
            new float[] {90, 0, 91, 0},
            labels,
            List.of(Candidates.of(70, 3), Candidates.of(71)),
            2,
            2),
        0);
    final Reservoir restored = new Reservoir(8, 2, CLASSES, 2);
    restored.restore(reservoir.state());

    final MicroBatch drawn = restored.draw(8, 1, 0).orElseThrow();

    assertThat(restored.state()).isEqualTo(reservoir.state()).containsKey("replay.candidates");
    assertThat(filled(8, 2, 4).state()).doesNotContainKey("replay.candidates");
    for (int i = 0; i < drawn.size(); i++) {
      assertThat(drawn.candidates().get(i))
          .isEqualTo(
              switch (drawn.labels()[i]) {
                case 70 -> Candidates.of(3, 70);
                case 71 -> Candidates.of(71);
                default -> Candidates.ALL;
              });
    }
    assertThat(drawn.size()).isEqualTo(6);
  }

  /** Softmax regression by SGD, one step after a task: half new, half of what is remembered. */
  @Test
  void aStepIsByHalfTheNewGradientAndHalfTheRemembered() {
    final LearnerSettings.Builder builder =
        LearnerSettings.builder(SPEC).rule(Rule.SGD).momentum(0).learningRate(0.1).seed(3);
    final MicroBatch first = new ToyStream(4, 3, 8).next(5);
    final MicroBatch second = new ToyStream(4, 3, 9).next(7);
    final LearnerSettings replay = builder.protection(Protection.REPLAY).replaySize(5).build();
    final LearnerSettings none = builder.protection(Protection.NONE).replaySize(0).build();
    final LearnerSnapshot start;
    final SortedMap<String, HostTensor> found;
    try (OnlineLearner learner = OnlineLearner.create(replay)) {
      learner.step(first);
      learner.endTask();
      start = learner.snapshot();
      learner.step(second);
      found = learner.parameters();
    }
    final double[] byFirst = movedBy(none, start, first);
    final double[] bySecond = movedBy(none, start, second);
    final double[] before = Dense.values(start.parameters().get("layer1.weight"));
    final double[] expected = new double[before.length];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = before[i] + (byFirst[i] + bySecond[i]) / 2;
    }
    assertThat(Dense.values(found.get("layer1.weight"))).containsExactly(expected, within(1e-6));
  }

  private static double[] movedBy(
      final LearnerSettings settings, final LearnerSnapshot start, final MicroBatch batch) {
    final LearnerSnapshot bare =
        new LearnerSnapshot(
            start.steps(),
            start.examples(),
            start.tasks(),
            start.taskExamples(),
            start.parameters(),
            start.preconditioner(),
            new TreeMap<>());
    try (OnlineLearner learner = OnlineLearner.restore(settings, bare)) {
      learner.step(batch);
      final double[] before = Dense.values(start.parameters().get("layer1.weight"));
      final double[] after = Dense.values(learner.parameters().get("layer1.weight"));
      for (int i = 0; i < after.length; i++) {
        after[i] -= before[i];
      }
      return after;
    }
  }
}
