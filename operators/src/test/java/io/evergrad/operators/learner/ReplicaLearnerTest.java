/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.evergrad.curvature.learning.Averages;
import io.evergrad.curvature.learning.HostTensor;
import io.evergrad.curvature.learning.LearnerSnapshot;
import io.evergrad.curvature.learning.Share;
import io.evergrad.curvature.learning.StepResult;
import io.evergrad.curvature.learning.TaskEvidence;
import io.evergrad.curvature.learning.TensorSums;
import io.evergrad.operators.decode.Decoded;
import io.evergrad.operators.decode.Example;
import io.evergrad.operators.metrics.Progress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ReplicaLearnerTest {
  private static final LearnerOptions OPTIONS = new LearnerOptions("m", Streams.shareable(), 1, 0);
  private static final int INTERVAL = 2;

  private final List<ReplicaLearner> opened = new ArrayList<>();
  private final List<Contribution> contributions = new ArrayList<>();
  private final List<Progress> progress = new ArrayList<>();

  @AfterEach
  void close() {
    opened.forEach(ReplicaLearner::close);
  }

  @Test
  void handsInEveryFewStepsAndAtTheEndOfATask() {
    final ReplicaLearner learner = learner(0, Optional.empty());

    feed(learner, new Streams().examples("a", 8 * 4 + 3).heldOut("a", 4).taskEnd("a").records());

    assertThat(contributions)
        .extracting(contribution -> contribution.share().map(Share::examples).orElse(0L))
        .containsExactly(16L, 16L, 3L);
    assertThat(contributions)
        .extracting(contribution -> contribution.end().isPresent())
        .containsExactly(false, false, true);
    final Contribution last = contributions.get(2);
    assertThat(last.task()).isEqualTo("a");
    assertThat(last.end().orElseThrow().examples()).isEqualTo(35);
    assertThat(last.counts().handIns()).isEqualTo(3);
    assertThat(last.counts().heldOut()).containsExactly(Map.entry("a", 4L));
    assertThat(last.counts().offsets()).containsExactly(Map.entry("examples-0", 40L));
  }

  @Test
  void whatIsHandedInAddsUpToWhatABareLearnerLearned() {
    final List<Decoded> records = new Streams().examples("a", 40).taskEnd("a").records();
    final ReplicaLearner learner = learner(0, Optional.empty());
    final SortedMap<String, HostTensor> before = parameters(learner);
    feed(learner, records);

    SortedMap<String, HostTensor> sum = before;
    for (final Contribution contribution : contributions) {
      sum = TensorSums.plus(sum, contribution.share().orElseThrow().progress());
    }
    final LearnerSnapshot bare = bare(records);
    assertClose(sum, bare.parameters());
    assertThat(learner.state().learner().snapshot())
        .as("with nothing to take over, it learns as a lone learner does")
        .isEqualTo(bare);
  }

  @Test
  void takesOverTheMergedModelAndKeepsWhatIsNotMergedYet() {
    final ReplicaLearner learner = learner(0, Optional.empty());
    feed(learner, new Streams().examples("a", 8 * 3).records());
    final SortedMap<String, HostTensor> first =
        contributions.get(0).share().orElseThrow().progress();
    final SortedMap<String, HostTensor> before = parameters(learner);

    assertThat(learner.adopt(merged("run", 1, 1, 0))).isTrue();

    final SortedMap<String, HostTensor> unmerged =
        TensorSums.minus(TensorSums.minus(before, start().parameters()), first);
    assertClose(parameters(learner), TensorSums.plus(shifted(), unmerged));
    assertThat(learner.state().unmerged()).isEmpty();
  }

  @Test
  void sharesOnTheirWayStayUntilTheyAreMerged() {
    final ReplicaLearner learner = learner(0, Optional.empty());
    feed(learner, new Streams().examples("a", 8 * 4).records());
    final SortedMap<String, HostTensor> moved =
        TensorSums.minus(parameters(learner), start().parameters());

    learner.adopt(merged("run", 1, 0, 0));
    assertClose(parameters(learner), TensorSums.plus(shifted(), moved));
    assertThat(learner.state().unmerged()).containsOnlyKeys(1L, 2L);

    learner.adopt(merged("run", 2, 2, 0));
    assertClose(parameters(learner), shifted());
  }

  @Test
  void ignoresOtherRunsEarlierRoundsAndOtherModels() {
    final ReplicaLearner learner = learner(0, Optional.empty());
    final LearnerSnapshot before = learner.state().learner().snapshot();

    assertThat(learner.adopt(merged("failed-run", 9, 0, 0))).isFalse();
    assertThat(learner.state().learner().snapshot()).isEqualTo(before);
    assertThat(learner.adopt(merged("run", 2, 0, 0))).isTrue();
    assertThat(learner.adopt(merged("run", 2, 0, 0))).isFalse();
    assertThat(learner.adopt(merged("run", 1, 0, 0))).isFalse();
  }

  @Test
  void takesOverThePosteriorOnlyIfItStandsOnAllTasksThatItEnded() {
    final ReplicaLearner learner = learner(0, Optional.empty());
    feed(learner, new Streams().examples("a", 16).taskEnd("a").records());
    final SortedMap<String, HostTensor> own = precision(learner);

    learner.adopt(merged("run", 1, 1, 0));
    assertThat(precision(learner)).isEqualTo(own);

    learner.adopt(merged("run", 2, 1, 1));
    assertThat(precision(learner))
        .isNotEqualTo(own)
        .as("eigenvectors and what is kept are computed anew")
        .containsAllEntriesOf(posterior());
  }

  @Test
  void aTaskWithoutExamplesIsEndedByItsMarkerBetweenTasksOnly() {
    final ReplicaLearner learner = learner(1, Optional.empty());

    feed(learner, new Streams().taskEnd("a").taskEnd("").examples("b", 3).taskEnd("a").records());

    assertThat(contributions)
        .singleElement()
        .satisfies(
            contribution -> {
              assertThat(contribution.learner()).isEqualTo(1);
              assertThat(contribution.task()).isEqualTo("a");
              assertThat(contribution.share()).isEmpty();
              assertThat(contribution.end().orElseThrow().examples()).isZero();
            });
  }

  @Test
  void theFirstLearnerAloneKeepsWhatAnUnfinishedTaskLeft() {
    final LearnerSnapshot unfinished = bare(new Streams().examples("a", 16).records());

    for (int index = 0; index < 2; index++) {
      feed(
          learner(index, Optional.of(unfinished)),
          new Streams().examples("a", 8).taskEnd("a").records());
    }

    assertThat(contributions)
        .extracting(contribution -> contribution.end().map(TaskEvidence::examples).orElseThrow())
        .containsExactly(24L, 8L);
  }

  @Test
  void progressCountsAllLearnersAsFarAsItKnows() {
    final ReplicaLearner learner = learner(0, Optional.empty());
    feed(learner, new Streams().examples("a", 8 * 3).records());
    learner.adopt(merged("run", 1, 1, 0));
    feed(learner, new Streams().examples("a", 8).records());

    assertThat(progress).extracting(Progress::examples).containsExactly(8L, 16L, 24L, 1_016L);
    assertThat(progress).extracting(Progress::step).containsExactly(1L, 2L, 3L, 102L);
  }

  private static LearnerSnapshot start() {
    return bare(List.of());
  }

  /** A merged model of 100 steps and 1,000 examples, apart from what was learned here. */
  private static MergedModel merged(
      final String run, final long round, final long handIns, final long ends) {
    return new MergedModel(
        "m",
        run,
        round,
        100,
        1_000,
        List.of(handIns, 0L),
        List.of(ends, 0L),
        shifted(),
        new Averages(0, new TreeMap<>()),
        posterior());
  }

  private static SortedMap<String, HostTensor> shifted() {
    return bare(new Streams().examples("z", 24).records()).parameters();
  }

  private static SortedMap<String, HostTensor> posterior() {
    final SortedMap<String, HostTensor> posterior =
        new TreeMap<>(bare(new Streams().examples("z", 24).taskEnd("z").records()).precision());
    posterior.keySet().removeIf(name -> name.endsWith("fisher") || name.equals("samples"));
    return posterior;
  }

  private static LearnerSnapshot bare(final List<Decoded> records) {
    try (StreamLearner learner =
        StreamLearner.create(
            OPTIONS,
            new StreamLearner.Output() {
              @Override
              public void update(final ModelUpdate update) {}

              @Override
              public void step(final StepResult result) {}

              @Override
              public void progress(final Progress shown) {}

              @Override
              public void heldOut(final Example example) {}
            })) {
      records.forEach(learner::accept);
      return learner.state().snapshot();
    }
  }

  private ReplicaLearner learner(final int index, final Optional<LearnerSnapshot> start) {
    final ReplicaLearner learner =
        ReplicaLearner.start(
            OPTIONS,
            INTERVAL,
            "run",
            new ReplicaLearner.Output() {
              @Override
              public void contribute(final Contribution contribution) {
                contributions.add(contribution);
              }

              @Override
              public void step(final StepResult result) {}

              @Override
              public void progress(final Progress shown) {
                progress.add(shown);
              }

              @Override
              public void heldOut(final Example example) {}
            },
            index,
            2,
            start);
    opened.add(learner);
    return learner;
  }

  private static void feed(final ReplicaLearner learner, final List<Decoded> records) {
    records.forEach(learner::accept);
  }

  private static SortedMap<String, HostTensor> parameters(final ReplicaLearner learner) {
    return learner.state().learner().snapshot().parameters();
  }

  private static SortedMap<String, HostTensor> precision(final ReplicaLearner learner) {
    return learner.state().learner().snapshot().precision();
  }

  private static void assertClose(
      final SortedMap<String, HostTensor> found, final SortedMap<String, HostTensor> expected) {
    assertThat(found.keySet()).isEqualTo(expected.keySet());
    expected.forEach(
        (name, tensor) -> {
          final ByteBuffer e = ByteBuffer.wrap(tensor.data()).order(ByteOrder.LITTLE_ENDIAN);
          final ByteBuffer f =
              ByteBuffer.wrap(found.get(name).data()).order(ByteOrder.LITTLE_ENDIAN);
          while (e.hasRemaining()) {
            assertThat(f.getFloat()).as(name).isCloseTo(e.getFloat(), within(1e-6f));
          }
        });
  }
}
