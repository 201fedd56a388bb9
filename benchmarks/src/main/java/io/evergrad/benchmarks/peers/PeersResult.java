/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.peers;

import java.util.List;

/**
 * Trials with their figures, in the order in which they were carried out.
 *
 * @param runs for tables
 * @param tuning on the validation split, to choose strengths
 */
public record PeersResult(List<Run> runs, List<Run> tuning) {

  /** One of them. */
  public record Run(Trial trial, Figures figures) {}

  /** Copies the lists. */
  public PeersResult {
    runs = List.copyOf(runs);
    tuning = List.copyOf(tuning);
  }

  /** The runs of one side of a matchup. */
  List<Run> of(final Matchup matchup, final Side side) {
    return runs.stream()
        .filter(run -> run.trial().matchup() == matchup && run.trial().side() == side)
        .toList();
  }

  /** What was tried of one side of a matchup. */
  List<Run> triedOf(final Matchup matchup, final Side side) {
    return tuning.stream()
        .filter(run -> run.trial().matchup() == matchup && run.trial().side() == side)
        .toList();
  }
}
