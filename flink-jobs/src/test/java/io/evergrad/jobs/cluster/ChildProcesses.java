/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The processes of one test, each with its output in a file. Closing ends them all with whatever
 * they started, and so does the end of this JVM. Not thread-safe.
 */
final class ChildProcesses implements AutoCloseable {
  private static final Duration END_WITHIN = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final int TAIL_LINES = 60;

  private final Path directory;
  private final Map<String, Process> lasting = new LinkedHashMap<>();
  private final Map<String, Path> outputs = new LinkedHashMap<>();
  private final Thread hook = new Thread(this::destroy, "end-child-processes");

  /**
   * No processes yet.
   *
   * @param directory where they run, and write what they print
   */
  ChildProcesses(final Path directory) {
    this.directory = directory;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Starts a process that lasts until this is closed; should it end before, waiting fails. */
  Process start(final String name, final JavaCommand command) throws IOException {
    return start(name, command, Map.of());
  }

  /**
   * Runs a process to its end.
   *
   * @return what it printed
   * @throws AssertionError if it takes too long or exits with anything but 0
   */
  String run(
      final String name,
      final JavaCommand command,
      final Map<String, String> environment,
      final Duration within)
      throws IOException, InterruptedException {
    final Process process = start(name, command, environment);
    if (!process.waitFor(within.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError("%s did not end within %s".formatted(name, within));
    }
    lasting.remove(name);
    if (process.exitValue() != 0) {
      throw new AssertionError("%s ended with %d".formatted(name, process.exitValue()));
    }
    return output(name);
  }

  /**
   * Tries again and again.
   *
   * @param what is waited for, for people
   * @param attempt empty, or failing with an {@link IOException}, as long as it is not there
   * @throws AssertionError if it does not come in time, or a process has ended
   */
  <T> T await(final String what, final Duration within, final Callable<Optional<T>> attempt)
      throws Exception {
    final long deadline = System.nanoTime() + within.toNanos();
    IOException last = null;
    do {
      for (final var process : lasting.entrySet()) {
        if (!process.getValue().isAlive()) {
          throw new AssertionError(
              "%s ended with %d while waiting for %s"
                  .formatted(process.getKey(), process.getValue().exitValue(), what));
        }
      }
      try {
        final Optional<T> result = attempt.call();
        if (result.isPresent()) {
          return result.get();
        }
      } catch (final IOException e) {
        last = e;
      }
      Thread.sleep(POLL.toMillis());
    } while (System.nanoTime() < deadline);
    throw new AssertionError(
        "waited %s for %s: %s".formatted(within, what, last == null ? "nothing came" : last), last);
  }

  /** Those that were started to last. */
  List<ProcessHandle> lasting() {
    return lasting.values().stream().map(Process::toHandle).toList();
  }

  /** What a process has printed so far. */
  String output(final String name) throws IOException {
    return Files.readString(outputs.get(name));
  }

  /** The last lines that each process printed. */
  String tails() {
    return outputs.keySet().stream().map(this::tail).collect(Collectors.joining());
  }

  @Override
  public void close() {
    destroy();
    Runtime.getRuntime().removeShutdownHook(hook);
  }

  private Process start(
      final String name, final JavaCommand command, final Map<String, String> environment)
      throws IOException {
    final Path output = directory.resolve(name + ".log");
    final ProcessBuilder builder =
        new ProcessBuilder(command.line())
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    final Process process = builder.start();
    lasting.put(name, process);
    outputs.put(name, output);
    return process;
  }

  private void destroy() {
    final List<ProcessHandle> all =
        lasting.values().stream()
            .map(Process::toHandle)
            .flatMap(process -> Stream.concat(process.descendants(), Stream.of(process)))
            .toList();
    all.forEach(ProcessHandle::destroyForcibly);
    for (final ProcessHandle process : all) {
      process.onExit().orTimeout(END_WITHIN.toSeconds(), TimeUnit.SECONDS).join();
    }
  }

  private String tail(final String name) {
    try {
      final List<String> lines = output(name).lines().toList();
      return "%n---- %s ----%n%s%n"
          .formatted(
              name,
              String.join(
                  System.lineSeparator(),
                  lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size())));
    } catch (final IOException e) {
      return "%n---- %s: %s ----%n".formatted(name, e);
    }
  }
}
