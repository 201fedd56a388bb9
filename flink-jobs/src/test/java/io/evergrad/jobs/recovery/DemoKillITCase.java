/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.evergrad.store.LocalModelStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SIGKILL of the demo's JVM, at any moment, leaves only whole versions in its store. */
class DemoKillITCase {
  private static final int SIGKILL = 128 + 9;
  private static final int MANY = 10_000;
  private static final int FEW = 640;
  private static final Duration WITHIN = Duration.ofMinutes(2);

  private final SplittableRandom random = new SplittableRandom(5);

  private final List<Process> started = new ArrayList<>();

  @TempDir private Path directory;

  @AfterEach
  void leaveNothingRunning() {
    started.forEach(Process::destroyForcibly);
  }

  @Test
  void everyVersionIsWholeAndTheNextRunGoesOn() throws Exception {
    final Path model = directory.resolve("store").resolve(PublishingDemo.MODEL);
    final LocalModelStore store = new LocalModelStore(directory.resolve("store"));

    long published = wholeVersions(store, 0);
    killWhileStarting();
    published = wholeVersions(store, published);
    for (final int staged : List.of(1, random.nextInt(2, 30))) {
      killOnceNew(model.resolve("staging"), staged);
      published = wholeVersions(store, published);
    }
    for (final int more : List.of(1, random.nextInt(2, 30))) {
      final long before = published;
      killOnceNew(model.resolve("versions"), more);
      published = wholeVersions(store, published);
      assertThat(published).isGreaterThanOrEqualTo(before + more);
    }

    assertThat(run(FEW).waitFor()).isZero();
    assertThat(wholeVersions(store, published)).isGreaterThan(published);
    assertThat(store.latest(PublishingDemo.MODEL).content().manifest().progress().examples())
        .isEqualTo(PublishingDemo.TASKS * FEW);
  }

  /** Reads every version; returns how many there are. */
  private static long wholeVersions(final LocalModelStore store, final long atLeast)
      throws IOException {
    final List<Long> numbers = store.numbers(PublishingDemo.MODEL);
    assertThat(numbers)
        .hasSizeGreaterThanOrEqualTo((int) atLeast)
        .isEqualTo(LongStream.rangeClosed(1, numbers.size()).boxed().toList());
    for (final long number : numbers) {
      assertThat(store.read(PublishingDemo.MODEL, number).content().weights()).hasSize(4);
    }
    return numbers.size();
  }

  private void killWhileStarting() throws Exception {
    final Process demo = run(MANY);
    Thread.sleep(random.nextInt(1_000, 4_000));
    kill(demo);
  }

  /** Kills within milliseconds after the n-th entry has appeared that was not there before. */
  private void killOnceNew(final Path watched, final int n) throws Exception {
    final Set<Path> before = entries(watched);
    final long delayMicros = random.nextInt(20_000);
    final Process demo = run(MANY);
    final long deadline = System.nanoTime() + WITHIN.toNanos();
    final Set<Path> appeared = new HashSet<>();
    while (appeared.size() < n) {
      assertThat(demo.isAlive()).as("the demo runs").isTrue();
      assertThat(System.nanoTime())
          .as("%d of %d in %s", appeared.size(), n, watched)
          .isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(1);
      appeared.addAll(entries(watched));
      appeared.removeAll(before);
    }
    TimeUnit.MICROSECONDS.sleep(delayMicros);
    kill(demo);
  }

  private static void kill(final Process demo) throws InterruptedException {
    assertThat(demo.destroyForcibly().waitFor()).isEqualTo(SIGKILL);
  }

  private static Set<Path> entries(final Path watched) throws IOException {
    try (Stream<Path> entries = Files.list(watched)) {
      return new HashSet<>(entries.toList());
    } catch (final NoSuchFileException notYet) {
      return Set.of();
    }
  }

  private Process run(final int examples) throws IOException {
    final Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    final Path temporary = Files.createDirectories(directory.resolve("tmp"));
    final Process demo =
        new ProcessBuilder(
                java.toString(),
                "-Xmx1g",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dai.djl.pytorch.num_threads=1",
                "-Dai.djl.offline=true",
                "-Djava.io.tmpdir=" + temporary,
                "-Dlog4j2.configurationFile=log4j2-test.properties",
                "-cp",
                System.getProperty("java.class.path"),
                PublishingDemo.class.getName(),
                directory.resolve("store").toString(),
                String.valueOf(examples))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("log").toFile()))
            .start();
    started.add(demo);
    return demo;
  }
}
