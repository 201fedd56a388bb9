/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.peers;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The peer's trials: which arguments its scripts take.
 *
 * @param scripts what is run
 * @param data directory of the four IDX files
 * @param err where to tell how it goes
 */
record PeerTrials(PeerScripts scripts, Path data, PrintWriter err) {

  /**
   * Carries a trial out on a stream that the script makes.
   *
   * @throws IOException if the script fails
   */
  Figures run(final Trial trial) throws IOException, InterruptedException {
    return run(trial, List.of());
  }

  /**
   * Carries a trial out from a start that is given.
   *
   * @param start see {@link Start}
   * @throws IOException if the script fails
   */
  Figures run(final Trial trial, final Path start) throws IOException, InterruptedException {
    return run(trial, List.of("--start", start.toAbsolutePath().toString()));
  }

  private Figures run(final Trial trial, final List<String> more)
      throws IOException, InterruptedException {
    final List<String> arguments = settings(trial);
    arguments.addAll(more);
    arguments.addAll(
        List.of(
            "--method",
            trial.matchup().method(),
            "--data",
            data.toAbsolutePath().toString(),
            "--split",
            trial.split().name().toLowerCase(Locale.ROOT),
            "--examples-per-task",
            String.valueOf(trial.examplesPerTask())));
    if (trial.matchup().part() == Part.PERMUTED) {
      arguments.addAll(
          List.of(
              "--tasks",
              String.valueOf(trial.tasks()),
              "--strength",
              String.valueOf(trial.strength())));
    }
    return scripts.run(trial.matchup().part().script(), arguments, err);
  }

  /**
   * Carries a trial out on a topic.
   *
   * @throws IOException if the script fails
   */
  Figures run(final Trial trial, final String bootstrapServers, final String topic)
      throws IOException, InterruptedException {
    final List<String> arguments = settings(trial);
    arguments.addAll(List.of("--bootstrap-servers", bootstrapServers, "--topic", topic));
    return scripts.run(trial.matchup().part().script(), arguments, err);
  }

  private static List<String> settings(final Trial trial) {
    final Matchup matchup = trial.matchup();
    return new ArrayList<>(
        List.of(
            "--rate",
            String.valueOf(matchup.rate()),
            "--momentum",
            String.valueOf(matchup.momentum()),
            "--weight-decay",
            String.valueOf(matchup.weightDecay()),
            "--seed",
            String.valueOf(trial.seed()),
            "--threads",
            String.valueOf(trial.threads())));
  }
}
