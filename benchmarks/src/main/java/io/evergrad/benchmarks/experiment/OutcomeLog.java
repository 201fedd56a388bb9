/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Outcomes in a file of JSON lines, each on disk when {@link #add} returns, so that a run that was
 * interrupted goes on where it stopped. One process at a time. Thread-safe.
 */
public final class OutcomeLog implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final FileChannel file;
  private final Map<Question, List<Logged>> answers = new HashMap<>();

  /** What answers by different code answer. */
  private record Question(Experiment experiment, String data) {}

  private OutcomeLog(final FileChannel file) {
    this.file = file;
  }

  /**
   * Opens a log and reads what it holds. A last line that was not written to its end is removed.
   *
   * @param path made, with its directory, if it is missing
   * @throws IOException if another process has it open, or a line is not an outcome, naming it
   */
  public static OutcomeLog open(final Path path) throws IOException {
    Files.createDirectories(path.toAbsolutePath().getParent());
    final FileChannel file =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      lock(file, path);
      final OutcomeLog log = new OutcomeLog(file);
      log.read(path);
      return log;
    } catch (final IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /**
   * The latest outcome of an experiment, if one is logged: of this code, or else of another that is
   * trusted.
   *
   * @param data digest of the images and labels of its split
   * @param code digest of the code
   * @param trust whether another code's outcome will do
   */
  public synchronized Optional<Logged> find(
      final Experiment experiment, final String data, final String code, final Trust trust) {
    final List<Logged> known = answers.getOrDefault(new Question(experiment, data), List.of());
    final Optional<Logged> same =
        known.stream()
            .filter(logged -> logged.code().equals(code))
            .reduce((earlier, later) -> later);
    return same.isPresent() || known.isEmpty() || !trust.covers(experiment)
        ? same
        : Optional.of(known.get(known.size() - 1));
  }

  /**
   * Logs an outcome.
   *
   * @throws IOException if it cannot be written
   */
  public synchronized void add(final Logged logged) throws IOException {
    final String line = JSON.writeValueAsString(logged) + "\n";
    final ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      file.write(bytes);
    }
    file.force(false);
    remember(logged);
  }

  private void remember(final Logged logged) {
    answers
        .computeIfAbsent(
            new Question(logged.experiment(), logged.data()), question -> new ArrayList<>())
        .add(logged);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  private static void lock(final FileChannel file, final Path path) throws IOException {
    try {
      if (file.tryLock() != null) {
        return;
      }
    } catch (final OverlappingFileLockException e) {
      throw new IOException(path + " is in use by this program", e);
    }
    throw new IOException(path + " is in use by another program: wait for it, or choose another");
  }

  private void read(final Path path) throws IOException {
    final String text = Files.readString(path);
    final String whole = text.substring(0, text.lastIndexOf('\n') + 1);
    final List<String> lines = whole.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      try {
        remember(JSON.readValue(lines.get(i), Logged.class));
      } catch (final JsonProcessingException e) {
        throw new IOException(
            path
                + " line "
                + (i + 1)
                + " is not an outcome: remove the line, or choose another directory: "
                + e.getOriginalMessage(),
            e);
      }
    }
    final long end = whole.getBytes(StandardCharsets.UTF_8).length;
    file.truncate(end);
    file.position(end);
  }
}
