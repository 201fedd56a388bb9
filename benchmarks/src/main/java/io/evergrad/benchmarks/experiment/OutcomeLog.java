/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import io.evergrad.benchmarks.measure.JsonLines;
import java.io.IOException;
import java.nio.file.Path;
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
  private final JsonLines<Logged> lines;
  private final Map<Question, List<Logged>> answers = new HashMap<>();

  /** What answers by different code answer. */
  private record Question(Experiment experiment, String data) {}

  private OutcomeLog(final Path path) throws IOException {
    lines = JsonLines.open(path, Logged.class, "an outcome", this::remember);
  }

  /**
   * Opens a log and reads what it holds. A last line that was not written to its end is removed.
   *
   * @param path made, with its directory, if it is missing
   * @throws IOException if another process has it open, or a line is not an outcome, naming it
   */
  public static OutcomeLog open(final Path path) throws IOException {
    return new OutcomeLog(path);
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
    lines.add(logged);
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
    lines.close();
  }
}
