/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evergrad.store.Publication.Outcome;
import io.evergrad.store.tensor.StoredTensor;
import io.evergrad.store.tensor.TensorLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocalModelStoreTest {

  @TempDir private Path root;
  private ModelStore store;

  @BeforeEach
  void open() {
    store = new LocalModelStore(root);
  }

  private Publication publish(final String job, final long checkpoint, final int sequence)
      throws IOException {
    return store.publish(store.stage(Versions.of(job, checkpoint, sequence)));
  }

  private Path versions() {
    return root.resolve(Versions.MODEL).resolve("versions");
  }

  private List<String> filesIn(final Path directory) throws IOException {
    try (Stream<Path> children = Files.list(directory)) {
      return children.map(child -> child.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void versionsReadBackAsTheyWereStaged() throws IOException {
    final ModelContent first = Versions.of("job", 7, 0);
    final ModelContent second = Versions.of("job", 7, 1);
    store.publish(store.stage(first));
    store.publish(store.stage(second));

    assertThat(store.read(Versions.MODEL, 1)).isEqualTo(new ModelVersion(1, first));
    assertThat(store.read(Versions.MODEL, 2)).isEqualTo(new ModelVersion(2, second));
    assertThat(store.latest(Versions.MODEL)).isEqualTo(new ModelVersion(2, second));
    assertThat(store.latestNumber(Versions.MODEL)).hasValue(2);
    assertThat(store.numbers(Versions.MODEL)).containsExactly(1L, 2L);
    assertThat(store.models()).containsExactly(Versions.MODEL);
    assertThat(store.versions(Versions.MODEL))
        .containsExactly(
            new VersionSummary(1, first.manifest()), new VersionSummary(2, second.manifest()));
  }

  @Test
  void layoutIsTheDocumentedOne() throws IOException {
    publish("job", 7, 0);

    assertThat(filesIn(versions())).containsExactly("00000001");
    assertThat(filesIn(versions().resolve("00000001")))
        .containsExactly(
            "SHA256SUMS",
            "manifest.json",
            "precision.safetensors",
            "preconditioner.safetensors",
            "weights.safetensors");
    assertThat(filesIn(root.resolve(Versions.MODEL).resolve("staging"))).isEmpty();
  }

  @Test
  void stagedVersionsAreNotListed() throws IOException {
    final StagedVersion staged = store.stage(Versions.of("job", 7, 0));

    assertThat(store.staged(Versions.MODEL)).containsExactly(staged);
    assertThat(store.models()).isEmpty();
    assertThat(store.numbers(Versions.MODEL)).isEmpty();
    assertThatThrownBy(() -> store.latest(Versions.MODEL))
        .isInstanceOf(NoSuchVersionException.class)
        .hasMessageContaining("model tiny")
        .hasMessageContaining("found none");
  }

  @Test
  void whatDoesNotExistIsSaidPrecisely() throws IOException {
    publish("job", 7, 0);

    assertThatThrownBy(() -> store.read(Versions.MODEL, 2))
        .isInstanceOf(NoSuchVersionException.class)
        .hasMessageContaining("expected version 2, found none; the latest is 1");
    assertThatThrownBy(() -> store.read(Versions.MODEL, 0))
        .isInstanceOf(NoSuchVersionException.class);
    assertThatThrownBy(() -> store.summary("other", 1))
        .isInstanceOf(NoSuchVersionException.class)
        .hasMessageContaining("model other");
    assertThat(store.numbers("other")).isEmpty();
    assertThat(store.versions("other")).isEmpty();
    assertThat(new LocalModelStore(root.resolve("absent")).models()).isEmpty();
  }

  @Test
  void publishingAgainReturnsTheSameNumber() throws IOException {
    final StagedVersion staged = store.stage(Versions.of("job", 7, 0));

    assertThat(store.publish(staged)).isEqualTo(new Publication(Outcome.PUBLISHED, 1));
    publish("job", 7, 1);
    final StagedVersion travelled =
        new StagedVersion(
            staged.model(), new PublicationKey("job", 7, 0), String.valueOf(staged.stagingId()));
    assertThat(new LocalModelStore(root).publish(travelled))
        .isEqualTo(new Publication(Outcome.ALREADY_PUBLISHED, 1));
    assertThat(store.numbers(Versions.MODEL)).containsExactly(1L, 2L);
  }

  @Test
  void stagingAgainUnderAPublishedKeyPublishesNothing() throws IOException {
    publish("job", 7, 0);

    assertThat(publish("job", 7, 0)).isEqualTo(new Publication(Outcome.ALREADY_PUBLISHED, 1));
    assertThat(store.staged(Versions.MODEL)).isEmpty();
    assertThat(publish("job", 8, 0).number()).isEqualTo(2);
    assertThat(publish("job2", 7, 0).number()).isEqualTo(3);
    assertThat(publish("job", 7, 1).number()).isEqualTo(4);
  }

  @Test
  void crashBetweenNotingTheNumberAndTheRenameIsMadeGood() throws IOException {
    final StagedVersion staged = store.stage(Versions.of("job", 7, 0));
    final Path notes =
        Files.createDirectories(root.resolve(Versions.MODEL).resolve("publications/job~7~0"));
    Files.createFile(notes.resolve("00000001"));
    assertThat(publish("other", 7, 0).number()).isEqualTo(1);

    assertThat(store.publish(staged)).isEqualTo(new Publication(Outcome.PUBLISHED, 2));
    assertThat(store.publish(staged)).isEqualTo(new Publication(Outcome.ALREADY_PUBLISHED, 2));
    assertThat(store.read(Versions.MODEL, 1).content()).isEqualTo(Versions.of("other", 7, 0));
    assertThat(store.read(Versions.MODEL, 2).content()).isEqualTo(Versions.of("job", 7, 0));
  }

  @Test
  void crashWhileNumberingIsMadeGood() throws IOException {
    final StagedVersion staged = store.stage(Versions.of("job", 7, 0));
    final Path directory =
        root.resolve(Versions.MODEL).resolve("staging/job~7~0~" + staged.stagingId());
    final Path manifest = directory.resolve("manifest.json");
    Files.writeString(
        manifest, Files.readString(manifest).replace("\"version\" : 0", "\"version\" : 9"));
    Files.writeString(directory.resolve("SHA256SUMS.next"), "torn");
    Files.writeString(directory.resolve("manifest.json.next"), "{");

    assertThat(store.publish(staged).number()).isEqualTo(1);
    assertThat(store.read(Versions.MODEL, 1).content()).isEqualTo(Versions.of("job", 7, 0));
    assertThat(filesIn(versions().resolve("00000001"))).hasSize(5);
  }

  @Test
  void whatIsNeitherStagedNorPublishedIsRefused() throws IOException {
    final StagedVersion never =
        new StagedVersion(Versions.MODEL, new PublicationKey("job", 1, 0), "never");
    assertThatThrownBy(() -> store.publish(never)).isInstanceOf(NoSuchStagedVersionException.class);

    final StagedVersion staged = store.stage(Versions.of("job", 7, 0));
    store.abort(staged);
    store.abort(staged);
    assertThatThrownBy(() -> store.publish(staged))
        .isInstanceOf(NoSuchStagedVersionException.class)
        .hasMessageContaining("job~7~0~" + staged.stagingId())
        .hasMessageContaining("job job, checkpoint 7, sequence 0 is not published");
    assertThat(store.staged(Versions.MODEL)).isEmpty();
    assertThat(store.numbers(Versions.MODEL)).isEmpty();
  }

  @Test
  void aHalfStagedVersionIsNotPublished() throws IOException {
    final StagedVersion staged = store.stage(Versions.of("job", 7, 0));
    Files.delete(
        root.resolve(Versions.MODEL)
            .resolve("staging/job~7~0~" + staged.stagingId())
            .resolve("SHA256SUMS"));

    assertThat(store.staged(Versions.MODEL)).isEmpty();
    assertThatThrownBy(() -> store.publish(staged))
        .isInstanceOf(NoSuchStagedVersionException.class);
  }

  @Test
  void aHandleDoesNotPublishAnotherKey() throws IOException {
    final StagedVersion staged = store.stage(Versions.of("job", 7, 0));
    final Path staging = root.resolve(Versions.MODEL).resolve("staging");
    Files.move(staging.resolve("job~7~0~" + staged.stagingId()), staging.resolve("job~8~0~moved"));

    assertThatThrownBy(
            () ->
                store.publish(
                    new StagedVersion(Versions.MODEL, new PublicationKey("job", 8, 0), "moved")))
        .isInstanceOf(CorruptVersionException.class)
        .hasMessageContaining("checkpoint 8")
        .hasMessageContaining("checkpoint 7");
  }

  @Test
  void removesOnlyWhatOtherJobsAbandoned() throws IOException {
    final Instant cutoff = Instant.parse("2020-01-02T00:00:00Z");
    final StagedVersion mine = store.stage(Versions.of("job", 7, 0));
    final StagedVersion old = store.stage(Versions.of("jo", 7, 0));
    final StagedVersion recent = store.stage(Versions.of("job-2", 7, 0));
    final Path staging = root.resolve(Versions.MODEL).resolve("staging");
    Files.createDirectory(staging.resolve("~removed~half"));
    Files.createFile(staging.resolve("~removed~half").resolve("weights.safetensors"));
    try (Stream<Path> children = Files.list(staging)) {
      for (final Path child : children.toList()) {
        if (!child.getFileName().toString().startsWith("job-2")) {
          Files.setLastModifiedTime(child, FileTime.from(cutoff.minusSeconds(1)));
        }
      }
    }

    assertThat(store.removeAbandoned(Versions.MODEL, "job", cutoff)).isEqualTo(2);
    assertThat(store.staged(Versions.MODEL)).containsExactlyInAnyOrder(mine, recent);
    assertThat(filesIn(staging)).hasSize(2);
    assertThat(store.publish(mine).number()).isEqualTo(1);
    assertThatThrownBy(() -> store.publish(old)).isInstanceOf(NoSuchStagedVersionException.class);
    assertThat(store.removeAbandoned("absent", "job", cutoff)).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "a/b", "../a", "/a", "a\\b", "a~b", "a\0", ".a", "é"})
  void namesThatAreNoNamesAreRefused(final String name) {
    assertThatIllegalArgumentException().isThrownBy(() -> store.latest(name));
    assertThatIllegalArgumentException().isThrownBy(() -> store.versions(name));
    assertThatIllegalArgumentException().isThrownBy(() -> new PublicationKey(name, 0, 0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Versions.of(name, new PublicationKey("job", 0, 0)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new StagedVersion("tiny", new PublicationKey("job", 0, 0), name))
        .withMessageContaining("staging id");
  }

  @Test
  void aManifestMustGiveTheShapesOfTheWeights() {
    final ModelContent content = Versions.of("job", 7, 0);

    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new ModelContent(
                    content.manifest(), new TreeMap<>(), new TreeMap<>(), new TreeMap<>()))
        .withMessageContaining("layer1.bias=[1]");
  }

  @Test
  void everyFlippedBitIsDetected() throws IOException {
    publish("job", 7, 0);
    for (final String name : filesIn(versions().resolve("00000001"))) {
      final Path file = versions().resolve("00000001").resolve(name);
      final byte[] bytes = Files.readAllBytes(file);
      for (int bit = 0; bit < bytes.length * 8; bit++) {
        bytes[bit / 8] ^= (byte) (1 << bit % 8);
        Files.write(file, bytes);
        assertThatThrownBy(() -> store.read(Versions.MODEL, 1))
            .as("bit %d of %s", bit, name)
            .isInstanceOf(CorruptVersionException.class);
        bytes[bit / 8] ^= (byte) (1 << bit % 8);
      }
      Files.write(file, bytes);
    }
    assertThat(store.read(Versions.MODEL, 1).content()).isEqualTo(Versions.of("job", 7, 0));
  }

  @Test
  void everyTruncationAndEveryMissingFileIsDetected() throws IOException {
    publish("job", 7, 0);
    for (final String name : filesIn(versions().resolve("00000001"))) {
      final Path file = versions().resolve("00000001").resolve(name);
      final byte[] bytes = Files.readAllBytes(file);
      for (int length = 0; length < bytes.length; length++) {
        Files.write(file, Arrays.copyOf(bytes, length));
        assertThatThrownBy(() -> store.read(Versions.MODEL, 1))
            .as("%s cut to %d", name, length)
            .isInstanceOf(CorruptVersionException.class);
      }
      Files.delete(file);
      assertThatThrownBy(() -> store.read(Versions.MODEL, 1))
          .isInstanceOf(CorruptVersionException.class)
          .hasMessageContaining(name)
          .hasMessageContaining("missing");
      Files.write(file, bytes);
    }
  }

  @Test
  void damageIsSaidPrecisely() throws IOException {
    publish("job", 7, 0);
    final Path file = versions().resolve("00000001").resolve("weights.safetensors");
    final byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1]++;
    Files.write(file, bytes);

    assertThatThrownBy(() -> store.read(Versions.MODEL, 1))
        .isInstanceOfSatisfying(
            CorruptVersionException.class, e -> assertThat(e.file()).isEqualTo(file))
        .hasMessageContaining(file.toString())
        .hasMessageMatching("(?s).*expected SHA-256 [0-9a-f]{64}, found [0-9a-f]{64}.*");
    assertThat(store.summary(Versions.MODEL, 1).manifest().key().checkpoint()).isEqualTo(7);
  }

  @Test
  void aVersionThatWasMovedIsDetected() throws IOException {
    publish("job", 7, 0);
    Files.move(
        versions().resolve("00000001"),
        versions().resolve("00000005"),
        StandardCopyOption.ATOMIC_MOVE);

    assertThatThrownBy(() -> store.latest(Versions.MODEL))
        .isInstanceOf(CorruptVersionException.class)
        .hasMessageContaining("expected version 5 of model tiny, found version 1");
  }

  @Test
  void filesLargerThanTheLimitsAreRefused() throws IOException {
    publish("job", 7, 0);
    final ModelStore small = new LocalModelStore(root, new TensorLimits(1000, 11));

    assertThatThrownBy(() -> small.read(Versions.MODEL, 1))
        .isInstanceOf(CorruptVersionException.class)
        .hasMessageContaining("data: expected at most 11 bytes, found 12 declared");
  }

  @Test
  void nothingIsLeftOfAStagingThatFails() throws IOException {
    final ModelContent good = Versions.of("job", 7, 0);
    final TreeMap<String, StoredTensor> unwritable = new TreeMap<>();
    unwritable.put("", StoredTensor.ofLongs(new long[] {1}));
    final ModelContent bad =
        new ModelContent(good.manifest(), good.weights(), good.preconditioner(), unwritable);

    assertThatIllegalArgumentException().isThrownBy(() -> store.stage(bad));
    assertThat(filesIn(root.resolve(Versions.MODEL).resolve("staging"))).isEmpty();
  }

  @Test
  void strangersInTheStoreAreIgnored() throws IOException {
    publish("job", 7, 0);
    Files.createFile(root.resolve("README"));
    Files.createDirectory(root.resolve("lost+found"));
    Files.createFile(versions().resolve(".DS_Store"));
    Files.createFile(versions().resolve("00000001").resolve(".DS_Store"));
    Files.createDirectory(versions().resolve("9"));

    assertThat(store.models()).containsExactly(Versions.MODEL);
    assertThat(store.latest(Versions.MODEL).number()).isEqualTo(1);
    assertThat(publish("job", 8, 0).number()).isEqualTo(2);
  }

  @Test
  void manyPublishersNeverOverwriteEachOther() throws Exception {
    final int threads = 4;
    final int each = 12;
    final CyclicBarrier start = new CyclicBarrier(threads);
    final List<Callable<List<Publication>>> publishers = new ArrayList<>();
    for (int thread = 0; thread < threads; thread++) {
      final String job = "job" + thread;
      publishers.add(
          () -> {
            final ModelStore own = new LocalModelStore(root);
            final List<Publication> publications = new ArrayList<>();
            start.await();
            for (int checkpoint = 0; checkpoint < each; checkpoint++) {
              publications.add(own.publish(own.stage(Versions.of(job, checkpoint, 0))));
            }
            return publications;
          });
    }
    final Set<Long> numbers = new HashSet<>();
    for (final List<Publication> publications : runAll(publishers)) {
      assertThat(publications).allMatch(p -> p.outcome() == Outcome.PUBLISHED);
      publications.forEach(publication -> numbers.add(publication.number()));
    }

    assertThat(numbers).hasSize(threads * each);
    assertThat(store.numbers(Versions.MODEL)).hasSize(threads * each);
    final Set<PublicationKey> keys = new HashSet<>();
    for (final long number : store.numbers(Versions.MODEL)) {
      final ModelContent content = store.read(Versions.MODEL, number).content();
      assertThat(content).isEqualTo(Versions.of(content.manifest().key()));
      keys.add(content.manifest().key());
    }
    assertThat(keys).hasSize(threads * each);
  }

  @Test
  void manyPublishersOfOneKeyPublishOnce() throws Exception {
    final int threads = 4;
    for (int checkpoint = 0; checkpoint < 10; checkpoint++) {
      final CyclicBarrier start = new CyclicBarrier(threads);
      final StagedVersion shared = store.stage(Versions.of("job", checkpoint, 0));
      final List<Callable<Publication>> publishers = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        final StagedVersion staged =
            thread % 2 == 0 ? shared : store.stage(Versions.of("job", checkpoint, 0));
        publishers.add(
            () -> {
              start.await();
              return store.publish(staged);
            });
      }
      final List<Publication> publications = runAll(publishers);
      final long number = checkpoint + 1;
      assertThat(publications).allMatch(publication -> publication.number() == number);
      assertThat(publications.stream().filter(p -> p.outcome() == Outcome.PUBLISHED)).hasSize(1);
    }
    assertThat(store.numbers(Versions.MODEL)).hasSize(10);
    assertThat(store.staged(Versions.MODEL)).isEmpty();
  }

  private static <T> List<T> runAll(final List<Callable<T>> tasks) throws Exception {
    final ExecutorService threads = Executors.newFixedThreadPool(tasks.size());
    try {
      final List<T> results = new ArrayList<>();
      for (final Future<T> future : threads.invokeAll(tasks)) {
        results.add(future.get());
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }
}
