/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.evergrad.store.LocalModelStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** However the demo ends, it leaves nothing running, and nothing on disk but its output. */
class CleanExitITCase {
  private static final String OUTPUT = "evergrad-demo";
  private static final int SIGINT = 2;
  private static final int SIGTERM = 15;
  private static final Duration WITHIN = Duration.ofMinutes(2);

  private final Set<ProcessHandle> descendants = ConcurrentHashMap.newKeySet();

  @TempDir private Path directory;
  private Launcher launcher;
  private Process demo;

  @BeforeEach
  void prepare() throws IOException {
    launcher = new Launcher(directory);
  }

  @AfterEach
  void leaveNothingRunning() {
    descendants.forEach(ProcessHandle::destroyForcibly);
    if (demo != null) {
      demo.destroyForcibly();
    }
  }

  @Test
  void atTheEndThereIsOnlyTheOutput() throws Exception {
    demo = launcher.start("demo", "--tasks", "2", "--examples-per-task", "500");
    awaitThat("it ends", () -> !demo.isAlive());

    assertThat(demo.exitValue()).as(this::errors).isZero();
    assertThat(Files.readString(launcher.output())).contains("average accuracy");
    assertThat(errors()).as("logs").doesNotContain("WARN", "ERROR");
    assertNothingLeft();
    final Path output = launcher.work().resolve(OUTPUT);
    assertThat(entries(output))
        .containsExactlyInAnyOrder(
            "report.html",
            "accuracy-matrix.png",
            "accuracy-matrix.csv",
            "loss-matrix.csv",
            "metrics.json",
            "store");
    final LocalModelStore store = new LocalModelStore(output.resolve("store"));
    assertThat(store.numbers("demo")).isNotEmpty();
    assertThat(entries(output.resolve("store/demo/staging"))).isEmpty();
  }

  @Test
  void interruptedWhileStartingItLeavesNothing() throws Exception {
    demo = launcher.start("demo");
    awaitThat("Flink starts, after Kafka", this::flinkStarts);
    assumeFalse(ignores(SIGINT), "SIGINT is ignored, as it is here, by what this JVM starts");

    endBy(SIGINT);
  }

  @Test
  void terminatedWhileLearningItLeavesNothing() throws Exception {
    demo = launcher.start("demo", "--examples-per-task", "10000");
    awaitThat("it learns", () -> Files.readString(launcher.errors()).contains("task t1"));

    endBy(SIGTERM);
  }

  private boolean flinkStarts() throws IOException {
    for (final String work : entries(launcher.temporary())) {
      if (entries(launcher.temporary().resolve(work)).contains("process")) {
        return true;
      }
    }
    return false;
  }

  private void endBy(final int signal) throws Exception {
    final String pid = String.valueOf(demo.pid());
    assertThat(new ProcessBuilder("kill", "-" + signal, pid).start().waitFor()).isZero();
    awaitThat("it ends", () -> !demo.isAlive());

    assertThat(demo.exitValue()).as(this::errors).isEqualTo(128 + signal);
    assertNothingLeft();
    assertThat(Files.readString(launcher.output())).as("results").isEmpty();
  }

  private void assertNothingLeft() throws IOException {
    assertThat(descendants).as("processes it started").noneMatch(ProcessHandle::isAlive);
    assertThat(entries(launcher.home())).isEmpty();
    assertThat(entries(launcher.temporary())).isEmpty();
    assertThat(entries(launcher.work())).isSubsetOf(List.of(OUTPUT));
    assertThat(performanceData()).doesNotExist();
  }

  /** What every JVM writes, wherever its temporary directory is. */
  private Path performanceData() {
    return Path.of(
        "/tmp", "hsperfdata_" + System.getProperty("user.name"), String.valueOf(demo.pid()));
  }

  private void awaitThat(final String what, final Callable<Boolean> condition) throws Exception {
    final long deadline = System.nanoTime() + WITHIN.toNanos();
    while (!condition.call()) {
      demo.descendants().forEach(descendants::add);
      assertThat(System.nanoTime())
          .as(() -> "until " + what + ": " + errors())
          .isLessThan(deadline);
      Thread.sleep(20);
    }
  }

  private String errors() {
    try {
      return Files.readString(launcher.errors());
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> entries(final Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(entry -> entry.getFileName().toString()).toList();
    }
  }

  /** Whether the demo inherited that it ignores a signal, as what a script runs with & does. */
  private boolean ignores(final int signal) throws IOException {
    final Path status = Path.of("/proc", String.valueOf(demo.pid()), "status");
    if (!Files.exists(status)) {
      return false;
    }
    final long ignored =
        Files.readAllLines(status).stream()
            .filter(line -> line.startsWith("SigIgn:"))
            .mapToLong(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
            .findFirst()
            .orElse(0);
    return (ignored >> (signal - 1) & 1) == 1;
  }
}
