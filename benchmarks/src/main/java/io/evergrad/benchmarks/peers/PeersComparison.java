/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.peers;

import io.evergrad.benchmarks.experiment.Split;
import io.evergrad.benchmarks.peers.PeersResult.Run;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Both sides by turns.
 *
 * <p>Where the forms of a penalty differ, each side's strength is tuned first: of five decades, the
 * one with the highest average accuracy on the validation split of a stream of fewer examples, with
 * a seed that no other trial has.
 *
 * @param parts what to compare
 * @param seeds of the trials, at least two
 * @param tasks of the permuted stream
 * @param examplesPerTask to learn; 0: all, once
 * @param tuningExamplesPerTask to learn while tuning
 * @param repetitions counted trials on the Kafka topic, after one to warm up
 */
public record PeersComparison(
    Set<Part> parts,
    List<Long> seeds,
    int tasks,
    int examplesPerTask,
    int tuningExamplesPerTask,
    int repetitions) {
  private static final long TUNING_SEED = 101;
  private static final int KAFKA_TASKS = 2;
  private static final int ONE_THREAD = 1;
  private static final int PEERS_MOST_THREADS = 2;

  /**
   * @throws IllegalArgumentException if there are fewer than two seeds, which have no spread, one
   *     comes twice, or one is that of the tuning
   */
  public PeersComparison {
    parts = Set.copyOf(parts);
    seeds = List.copyOf(seeds);
    if (seeds.size() < 2 || seeds.stream().distinct().count() < seeds.size()) {
      throw new IllegalArgumentException("seeds " + seeds + ": expected two or more, each once");
    }
    if (seeds.contains(TUNING_SEED)) {
      throw new IllegalArgumentException(
          "seed " + TUNING_SEED + ": that is the one of the tuning; choose others");
    }
    if (repetitions < 1) {
      throw new IllegalArgumentException(repetitions + " repetitions: expected at least 1");
    }
  }

  /**
   * Runs all that is not logged yet.
   *
   * @param data directory of the four IDX files
   * @param peers directory of the peers' scripts
   * @param log file of figures
   * @param err where to tell how it goes
   * @throws Exception if a trial cannot be carried out, or the peers' environment is missing
   */
  public PeersResult run(final Path data, final Path peers, final Path log, final PrintWriter err)
      throws Exception {
    final List<Run> runs = new ArrayList<>();
    final List<Run> tuning = new ArrayList<>();
    try (TrialRunner runner = TrialRunner.open(data, new PeerScripts(peers), log, err)) {
      for (final Part part : Part.values()) {
        if (parts.contains(part)) {
          switch (part) {
            case ONE_TASK -> compare(runner, part, 1, runs, tuning);
            case PERMUTED -> compare(runner, part, tasks, runs, tuning);
            case KAFKA -> throughKafka(runner, runs);
          }
        }
      }
    }
    return new PeersResult(runs, tuning);
  }

  private void compare(
      final TrialRunner runner,
      final Part part,
      final int count,
      final List<Run> runs,
      final List<Run> tuning)
      throws Exception {
    final Map<Matchup, Map<Side, Double>> strengths = new EnumMap<>(Matchup.class);
    for (final Matchup matchup : Matchup.of(part)) {
      strengths.put(matchup, tuned(runner, matchup, count, tuning));
    }
    for (final long seed : seeds) {
      for (final Matchup matchup : Matchup.of(part)) {
        for (final Side side : Side.values()) {
          final Trial trial =
              new Trial(
                  matchup,
                  side,
                  seed,
                  Split.TEST,
                  count,
                  examplesPerTask,
                  strengths.get(matchup).get(side),
                  ONE_THREAD);
          runs.add(new Run(trial, runner.run(trial)));
        }
      }
    }
  }

  private Map<Side, Double> tuned(
      final TrialRunner runner, final Matchup matchup, final int count, final List<Run> tuning)
      throws Exception {
    final Map<Side, Double> chosen = new EnumMap<>(Side.class);
    for (final Side side : Side.values()) {
      chosen.put(side, 0.0);
      double best = Double.NEGATIVE_INFINITY;
      for (final double strength : matchup.tuned() ? matchup.strengths(side) : List.<Double>of()) {
        final Trial trial =
            new Trial(
                matchup,
                side,
                TUNING_SEED,
                Split.VALIDATION,
                count,
                tuningExamplesPerTask,
                strength,
                ONE_THREAD);
        final Run run = new Run(trial, runner.run(trial));
        tuning.add(run);
        if (run.figures().accuracy() > best) {
          best = run.figures().accuracy();
          chosen.put(side, strength);
        }
      }
    }
    return chosen;
  }

  /** The seed is that of the network; the topic is the same for all. */
  private void throughKafka(final TrialRunner runner, final List<Run> runs) throws Exception {
    for (int repetition = 0; repetition <= repetitions; repetition++) {
      for (final Side side : Side.values()) {
        final int most = side == Side.OURS ? ONE_THREAD : PEERS_MOST_THREADS;
        for (int threads = 1; threads <= most; threads++) {
          final Trial trial =
              new Trial(
                  Matchup.KAFKA, side, repetition, Split.TEST, tasks, examplesPerTask, 0, threads);
          final Run run = new Run(trial, runner.run(trial));
          if (repetition > 0) {
            runs.add(run);
          }
        }
      }
    }
  }
}
