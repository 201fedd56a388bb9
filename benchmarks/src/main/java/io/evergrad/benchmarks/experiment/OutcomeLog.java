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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Outcomes in a file of JSON lines, each on disk when {@link #add} returns, so that a run that was
 * interrupted goes on where it stopped. One process at a time. Not thread-safe.
 */
public final class OutcomeLog implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final FileChannel file;
  private final Map<Experiment, Outcome> outcomes = new HashMap<>();

  /** One line. */
  private record Entry(Experiment experiment, Outcome outcome) {}

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

  /** The outcome of an experiment, if one is logged. */
  public Optional<Outcome> find(final Experiment experiment) {
    return Optional.ofNullable(outcomes.get(experiment));
  }

  /**
   * Logs an outcome.
   *
   * @throws IOException if it cannot be written
   */
  public void add(final Experiment experiment, final Outcome outcome) throws IOException {
    final String line = JSON.writeValueAsString(new Entry(experiment, outcome)) + "\n";
    final ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      file.write(bytes);
    }
    file.force(false);
    outcomes.put(experiment, outcome);
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
        final Entry entry = JSON.readValue(lines.get(i), Entry.class);
        outcomes.put(entry.experiment(), entry.outcome());
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
