/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two processes publish into one model and are killed, with SIGKILL, over and over. */
class CrashTest {

  private static final int ROUNDS = 12;
  private static final int MOST_PUBLICATIONS = 8;
  private static final int MOST_MILLIS_MORE = 30;
  private static final List<String> JOBS = List.of("job-a", "job-b");

  @TempDir private Path directory;

  @Test
  @Timeout(180)
  void whateverIsListedIsWholeAndPublishedOnce() throws Exception {
    final Path root = directory.resolve("store");
    final ModelStore store = new LocalModelStore(root);
    final Random random = new Random(20261124);
    final Map<PublicationKey, Long> seen = new HashMap<>();
    for (int round = 0; round < ROUNDS; round++) {
      final int awaited = seen.size() + 1 + random.nextInt(MOST_PUBLICATIONS);
      final List<Process> processes = List.of(start(root, JOBS.get(0)), start(root, JOBS.get(1)));
      try {
        readUntilPublished(awaited, store, processes);
        readLatestFor(random.nextInt(MOST_MILLIS_MORE), store);
        processes.get(0).destroyForcibly().waitFor();
        readLatestFor(random.nextInt(MOST_MILLIS_MORE), store);
      } finally {
        for (final Process process : processes) {
          process.destroyForcibly().waitFor();
        }
      }
      checkVersions(store, seen);
      assertThat(seen).hasSizeGreaterThanOrEqualTo(awaited);
    }
    checkAcknowledged(seen);
    checkNothingWasSkipped(seen);
  }

  private Process start(final Path root, final String job) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xshare:auto",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            CrashingPublisher.class.getName(),
            root.toString(),
            directory.resolve(job + ".journal").toString(),
            job)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(acknowledged(job).toFile()))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private Path acknowledged(final String job) {
    return directory.resolve(job + ".acknowledged");
  }

  /** Reads on the way: what is listed must be whole while it is published, too. */
  private static void readUntilPublished(
      final int versions, final ModelStore store, final List<Process> processes)
      throws IOException {
    final long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (store.numbers(Versions.MODEL).size() < versions) {
      assertThat(processes).allMatch(Process::isAlive);
      assertThat(System.nanoTime()).as("time until %d versions", versions).isLessThan(deadline);
      readLatestFor(5, store);
    }
  }

  private static void readLatestFor(final int millis, final ModelStore store) throws IOException {
    final long end = System.nanoTime() + Duration.ofMillis(millis).toNanos();
    while (System.nanoTime() < end) {
      if (store.latestNumber(Versions.MODEL).isPresent()) {
        store.latest(Versions.MODEL);
      }
    }
  }

  /** Every version reads whole, belongs to one key, and stays what it was. */
  private static void checkVersions(final ModelStore store, final Map<PublicationKey, Long> seen)
      throws IOException {
    final Map<PublicationKey, Long> found = new HashMap<>();
    for (final long number : store.numbers(Versions.MODEL)) {
      final ModelContent content = store.read(Versions.MODEL, number).content();
      final PublicationKey key = content.manifest().key();
      assertThat(content).isEqualTo(Versions.large(key));
      assertThat(found.put(key, number)).as("another version of %s", key).isNull();
    }
    assertThat(found).containsAllEntriesOf(seen);
    seen.putAll(found);
  }

  private void checkAcknowledged(final Map<PublicationKey, Long> seen) throws IOException {
    for (final String job : JOBS) {
      for (final String line : Files.readAllLines(acknowledged(job))) {
        final String[] words = line.split(" ");
        if (words.length == 3) {
          assertThat(seen)
              .containsEntry(
                  new PublicationKey(job, Long.parseLong(words[1]), 0), Long.valueOf(words[2]));
        }
      }
    }
  }

  /** Publications that a kill interrupted were made good: only the last may be missing. */
  private static void checkNothingWasSkipped(final Map<PublicationKey, Long> seen) {
    for (final String job : JOBS) {
      final long[] checkpoints =
          seen.keySet().stream()
              .filter(key -> key.job().equals(job))
              .mapToLong(PublicationKey::checkpoint)
              .sorted()
              .toArray();
      for (int i = 0; i < checkpoints.length; i++) {
        assertThat(checkpoints[i]).isEqualTo(i + 1);
      }
    }
  }
}
