/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Finds out what would have to be carried out, without doing it: what is known is recalled, and of
 * all else every outcome is the same. A search that would go on beyond its grid is planned too
 * short. Thread-safe.
 */
public final class Rehearsal implements Laboratory {
  private static final Outcome ANY =
      new Outcome(0, 0, 0, 0, 0, 0, 0, 0, List.of(), List.of(), List.of(), 0, 0, 0);

  private final Archive archive;
  private final Map<Experiment, Logged> asked = new LinkedHashMap<>();

  /** A rehearsal. */
  public Rehearsal(final Archive archive) {
    this.archive = Objects.requireNonNull(archive, "archive");
  }

  @Override
  public synchronized Logged run(final String name, final Experiment experiment) {
    return asked.computeIfAbsent(
        experiment,
        any -> archive.find(experiment).orElseGet(() -> new Logged(experiment, "", "", "", ANY)));
  }

  /** What is not known, in the order in which it was asked for. */
  public synchronized List<Experiment> missing() {
    final List<Experiment> missing = new ArrayList<>(asked.keySet());
    missing.removeIf(experiment -> asked.get(experiment).outcome() != ANY);
    return missing;
  }

  /** What is known of all that was asked for. */
  public synchronized Collection<Logged> known() {
    return asked.values().stream().filter(logged -> logged.outcome() != ANY).toList();
  }
}
