/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.publication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evergrad.curvature.learning.HostTensor;
import io.evergrad.curvature.learning.HostTensor.ElementType;
import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.learning.LearnerSnapshot;
import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.MlpSpec;
import io.evergrad.operators.consolidation.Round;
import io.evergrad.operators.learner.ModelUpdate;
import io.evergrad.store.LocalModelStore;
import io.evergrad.store.ModelVersion;
import io.evergrad.store.PublicationKey;
import io.evergrad.store.StagedVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.connector.sink2.Committer.CommitRequest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class VersionSinkTest {
  private static final LearnerSettings SETTINGS =
      LearnerSettings.builder(new MlpSpec(2, List.of(3), 2, Activation.RELU)).build();

  @TempDir private Path root;
  private LocalModelStore store;

  @BeforeEach
  void openStore() {
    store = new LocalModelStore(root);
  }

  @Test
  void publishesOnlyWhatIsCommitted() throws IOException {
    try (VersionWriter writer = writer("job", 0)) {
      writer.write(round(1), null);
      writer.write(round(2), null);
      final Collection<StagedVersion> prepared = writer.prepareCommit();
      writer.write(round(3), null);
      assertThat(store.numbers("m")).isEmpty();

      commit(prepared);
    }

    assertThat(store.numbers("m")).containsExactly(1L, 2L);
    assertThat(store.staged("m")).as("closing aborts what no checkpoint holds").isEmpty();
    assertThat(VersionContents.snapshot(store.latest("m"), SETTINGS))
        .isEqualTo(round(2).update().snapshot());
  }

  @Test
  void theManifestSaysWhereTheVersionComesFrom() throws IOException {
    try (VersionWriter writer = writer("job", 41)) {
      writer.write(round(1), null);
      commit(writer.prepareCommit());
    }

    final ModelVersion version = store.latest("m");
    assertThat(version.content().manifest().key()).isEqualTo(new PublicationKey("job", 42, 0));
    assertThat(version.content().manifest().offsets())
        .containsExactly(Map.entry("examples-0", 10L));
    assertThat(version.content().manifest().symmetry())
        .containsEntry("scheme.rule", "TWO_SIDED")
        .containsEntry("scheme.protection", "TWO_SIDED")
        .containsEntry("group.hidden1", "permutation 3")
        .containsEntry("leaf.0", "layer1.weight [hidden1:3, free:2]")
        .containsEntry("leaf.1", "layer1.bias [hidden1:3]")
        .containsEntry("leaf.2", "layer2.weight [free:2, hidden1:3]");
    assertThat(version.content().manifest().configuration())
        .containsEntry("task", "t")
        .containsEntry("round", "1");
  }

  @Test
  void committingAgainChangesNothing() throws IOException {
    try (VersionWriter writer = writer("job", 0)) {
      writer.write(round(1), null);
      final Collection<StagedVersion> prepared = writer.prepareCommit();
      commit(prepared);

      assertThat(commit(prepared)).containsExactly(Signal.ALREADY_COMMITTED);
    }
    assertThat(store.numbers("m")).containsExactly(1L);
  }

  @Test
  void keysOfOneCheckpointAndOfTheNextDiffer() throws IOException {
    try (VersionWriter writer = writer("job", 5)) {
      writer.write(round(1), null);
      writer.write(round(2), null);
      final Collection<StagedVersion> first = writer.prepareCommit();
      writer.write(round(3), null);
      final Collection<StagedVersion> second = writer.prepareCommit();

      assertThat(first)
          .extracting(StagedVersion::key)
          .containsExactly(new PublicationKey("job", 6, 0), new PublicationKey("job", 6, 1));
      assertThat(second)
          .extracting(StagedVersion::key)
          .containsExactly(new PublicationKey("job", 7, 0));
    }
  }

  @Test
  void aRestartedWriterRemovesWhatTheFailedOneStagedAndKeepsWhatTheCheckpointHolds()
      throws IOException {
    final VersionWriter failed = writer("job", 0);
    failed.write(round(1), null);
    final Collection<StagedVersion> inCheckpoint = failed.prepareCommit();
    failed.write(round(2), null);
    assertThat(store.staged("m")).hasSize(2);

    try (VersionWriter restarted = writer("job", 1)) {
      assertThat(store.staged("m")).containsExactlyElementsOf(inCheckpoint);
      commit(inCheckpoint);
      restarted.write(round(2), null);
      commit(restarted.prepareCommit());
    }

    assertThat(store.numbers("m")).containsExactly(1L, 2L);
    assertThat(store.staged("m")).isEmpty();
  }

  @Test
  void leavesAloneWhatAnotherJobHasJustStaged() throws IOException {
    final VersionWriter other = writer("other", 0);
    other.write(round(1), null);

    writer("job", 0).close();

    assertThat(store.staged("m")).hasSize(1);
  }

  @Test
  void givesUpAVersionThatSomebodyRemoved() throws IOException {
    try (VersionWriter writer = writer("job", 0)) {
      writer.write(round(1), null);
      final Collection<StagedVersion> prepared = writer.prepareCommit();
      store.abort(prepared.iterator().next());

      assertThat(commit(prepared)).containsExactly(Signal.FAILED);
    }
  }

  @Test
  void handlesSurviveACheckpoint() throws IOException {
    final StagedVersionFormat format = new StagedVersionFormat();
    final StagedVersion staged = new StagedVersion("m", new PublicationKey("job", 7, 2), "abc");

    assertThat(format.deserialize(1, format.serialize(staged))).isEqualTo(staged);
    assertThatThrownBy(() -> format.deserialize(2, format.serialize(staged)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("version 2");
  }

  @Test
  void startsFromTheVersionAskedFor() throws IOException {
    try (VersionWriter writer = writer("job", 0)) {
      writer.write(round(1), null);
      writer.write(round(2), null);
      commit(writer.prepareCommit());
    }

    assertThat(StartingVersion.NONE.read(root.toString(), "m", SETTINGS)).isEmpty();
    assertThat(StartingVersion.LATEST_OR_NONE.read(root.toString(), "other", SETTINGS)).isEmpty();
    assertThat(StartingVersion.LATEST_OR_NONE.read(root.toString(), "m", SETTINGS))
        .isEqualTo(StartingVersion.LATEST.read(root.toString(), "m", SETTINGS));
    assertThat(StartingVersion.LATEST.read(root.toString(), "m", SETTINGS))
        .contains(round(2).update().snapshot());
    assertThat(StartingVersion.number(1).read(root.toString(), "m", SETTINGS))
        .contains(round(1).update().snapshot());
    assertThatThrownBy(() -> StartingVersion.number(9).read(root.toString(), "m", SETTINGS))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("9");
  }

  @Test
  void refusesAVersionOfAnotherNetwork() throws IOException {
    try (VersionWriter writer = writer("job", 0)) {
      writer.write(round(1), null);
      commit(writer.prepareCommit());
    }
    final LearnerSettings other =
        LearnerSettings.builder(new MlpSpec(2, List.of(3), 2, Activation.TANH)).build();

    assertThatThrownBy(() -> StartingVersion.LATEST.read(root.toString(), "m", other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2-3-2 relu")
        .hasMessageContaining("2-3-2 tanh");
  }

  @Test
  void createsNothingOutsideItsRoot() throws IOException {
    writer("job", 0).close();

    assertThat(Files.exists(root)).isTrue();
    assertThat(store.models()).isEmpty();
  }

  private VersionWriter writer(final String job, final long restored) throws IOException {
    return VersionWriter.open(store, "m", SETTINGS, job, restored);
  }

  private List<Signal> commit(final Collection<StagedVersion> staged) throws IOException {
    final List<Request> requests = staged.stream().map(Request::new).toList();
    new VersionCommitter(store).commit(List.copyOf(requests));
    return requests.stream().map(request -> request.signal).toList();
  }

  private static Round round(final int number) {
    final LearnerSnapshot snapshot =
        new LearnerSnapshot(
            number,
            2L * number,
            number,
            0,
            new TreeMap<>(Map.of("layer1.weight", tensor(ElementType.FLOAT32, 16, number))),
            new TreeMap<>(Map.of("momentum", tensor(ElementType.FLOAT64, 32, number))),
            new TreeMap<>(Map.of("count", tensor(ElementType.INT64, 32, number))));
    return new Round(
        number,
        new ModelUpdate(
            "m",
            "t",
            true,
            number,
            new TreeMap<>(Map.of("t", 3L)),
            new TreeMap<>(Map.of("examples-0", 10L)),
            snapshot));
  }

  private static HostTensor tensor(final ElementType type, final int bytes, final int fill) {
    final byte[] data = new byte[bytes];
    java.util.Arrays.fill(data, (byte) fill);
    return new HostTensor(type, new long[] {2, 2}, data);
  }

  private enum Signal {
    COMMITTED,
    ALREADY_COMMITTED,
    FAILED,
    RETRY
  }

  /** What Flink hands to a committer, recording the answer. */
  private static final class Request implements CommitRequest<StagedVersion> {
    private final StagedVersion staged;
    private Signal signal = Signal.COMMITTED;

    Request(final StagedVersion staged) {
      this.staged = staged;
    }

    @Override
    public StagedVersion getCommittable() {
      return staged;
    }

    @Override
    public int getNumberOfRetries() {
      return 0;
    }

    @Override
    public void signalFailedWithKnownReason(final Throwable reason) {
      signal = Signal.FAILED;
    }

    @Override
    public void signalFailedWithUnknownReason(final Throwable reason) {
      signal = Signal.FAILED;
    }

    @Override
    public void retryLater() {
      signal = Signal.RETRY;
    }

    @Override
    public void updateAndRetryLater(final StagedVersion updated) {
      signal = Signal.RETRY;
    }

    @Override
    public void signalAlreadyCommitted() {
      signal = Signal.ALREADY_COMMITTED;
    }
  }
}
