/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finished runs in a file of JSON lines, so that an interrupted comparison goes on where it
 * stopped. One process at a time. Not thread-safe.
 */
final class FidelityLog {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path path;
  private final List<Entry> entries = new ArrayList<>();

  /**
   * One line.
   *
   * @param code digest of the code that measured
   */
  private record Entry(FidelityRun run, String code, List<Point> points) {}

  private FidelityLog(final Path path) {
    this.path = path;
  }

  /**
   * Opens a log and reads what it holds. A last line that was not written to its end is removed.
   *
   * @param path made, with its directory, if it is missing
   * @throws IOException if a line is no run, naming it
   */
  static FidelityLog open(final Path path) throws IOException {
    Files.createDirectories(path.toAbsolutePath().getParent());
    final FidelityLog log = new FidelityLog(path);
    if (Files.exists(path)) {
      log.read();
    }
    return log;
  }

  private void read() throws IOException {
    final String text = Files.readString(path);
    final String whole = text.substring(0, text.lastIndexOf('\n') + 1);
    int line = 0;
    for (final String entry : whole.lines().toList()) {
      line++;
      try {
        entries.add(JSON.readValue(entry, Entry.class));
      } catch (final JsonProcessingException e) {
        throw new IOException(
            path
                + " line "
                + line
                + " is no run: remove the line, or choose another directory: "
                + e.getOriginalMessage(),
            e);
      }
    }
    if (whole.length() < text.length()) {
      Files.writeString(path, whole);
    }
  }

  /** The points of a run by the same code, if they are logged. */
  Optional<List<Point>> find(final FidelityRun run, final String code) {
    return entries.stream()
        .filter(entry -> entry.run().equals(run) && entry.code().equals(code))
        .findFirst()
        .map(Entry::points);
  }

  /**
   * Logs a run.
   *
   * @throws IOException if it cannot be written
   */
  void add(final FidelityRun run, final String code, final List<Point> points) throws IOException {
    final Entry entry = new Entry(run, code, points);
    Files.writeString(
        path,
        JSON.writeValueAsString(entry) + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
    entries.add(entry);
  }
}
