/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import io.evergrad.benchmarks.measure.JsonLines;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finished runs in a file, so that an interrupted comparison goes on where it stopped. One process
 * at a time. Not thread-safe.
 */
final class FidelityLog implements AutoCloseable {
  private final List<Entry> entries = new ArrayList<>();
  private final JsonLines<Entry> lines;

  /**
   * One line.
   *
   * @param code digest of the code that measured
   */
  private record Entry(FidelityRun run, String code, List<Point> points) {}

  private FidelityLog(final Path path) throws IOException {
    lines = JsonLines.open(path, Entry.class, "a run", entries::add);
  }

  /**
   * Opens a log and reads what it holds. A last line that was not written to its end is removed.
   *
   * @param path made, with its directory, if it is missing
   * @throws IOException if another process has it open, or a line is no run, naming it
   */
  static FidelityLog open(final Path path) throws IOException {
    return new FidelityLog(path);
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
    lines.add(entry);
    entries.add(entry);
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
