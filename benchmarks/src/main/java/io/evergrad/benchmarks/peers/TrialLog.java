/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.peers;

import io.evergrad.benchmarks.measure.JsonLines;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Figures in a file, so that a comparison that was interrupted goes on where it stopped. Those of
 * other code or other data are kept and not recalled. One process at a time. Not thread-safe.
 */
final class TrialLog implements AutoCloseable {
  private final String version;
  private final Map<Trial, Figures> known = new HashMap<>();
  private final JsonLines<Entry> lines;

  /** One line. */
  private record Entry(String version, Trial trial, Figures figures) {}

  private TrialLog(final Path path, final String version) throws IOException {
    this.version = Objects.requireNonNull(version, "version");
    lines = JsonLines.open(path, Entry.class, "a trial with its figures", this::remember);
  }

  /**
   * Opens a log and reads what it holds. A last line that was not written to its end is removed.
   *
   * @param path made, with its directory, if it is missing
   * @param version of code and data
   * @throws IOException if another process has it open, or a line is no figures, naming it
   */
  static TrialLog open(final Path path, final String version) throws IOException {
    return new TrialLog(path, version);
  }

  private void remember(final Entry entry) {
    if (entry.version().equals(version)) {
      known.put(entry.trial(), entry.figures());
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
    final Entry entry = new Entry(version, trial, figures);
    lines.add(entry);
    remember(entry);
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
