/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.peers;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Figures in a file of JSON lines, so that a comparison that was interrupted goes on where it
 * stopped. Those of other code or other data are kept and not recalled. One process at a time. Not
 * thread-safe.
 */
final class TrialLog {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path path;
  private final String version;
  private final Map<Trial, Figures> known = new HashMap<>();

  /** One line. */
  private record Entry(String version, Trial trial, Figures figures) {}

  private TrialLog(final Path path, final String version) {
    this.path = path;
    this.version = Objects.requireNonNull(version, "version");
  }

  /**
   * Opens a log and reads what it holds.
   *
   * @param path made, with its directory, at the first trial
   * @param version of code and data
   * @throws IOException if a line is no figures, naming it
   */
  static TrialLog open(final Path path, final String version) throws IOException {
    final TrialLog log = new TrialLog(path, version);
    if (Files.exists(path)) {
      final List<String> lines = Files.readAllLines(path);
      for (int i = 0; i < lines.size(); i++) {
        log.read(lines.get(i), i + 1);
      }
    }
    return log;
  }

  private void read(final String line, final int number) throws IOException {
    try {
      final Entry entry = JSON.readValue(line, Entry.class);
      if (entry.version().equals(version)) {
        known.put(entry.trial(), entry.figures());
      }
    } catch (final JsonProcessingException e) {
      throw new IOException(
          path
              + " line "
              + number
              + " is no trial with its figures: remove the line, or choose another directory: "
              + e.getOriginalMessage(),
          e);
    }
  }

  Optional<Figures> find(final Trial trial) {
    return Optional.ofNullable(known.get(trial));
  }

  /**
   * Logs figures.
   *
   * @throws IOException if they cannot be written
   */
  void add(final Trial trial, final Figures figures) throws IOException {
    Files.createDirectories(path.toAbsolutePath().getParent());
    Files.writeString(
        path,
        JSON.writeValueAsString(new Entry(version, trial, figures)) + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
    known.put(trial, figures);
  }
}
