/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.peers;

import io.evergrad.benchmarks.experiment.Split;
import io.evergrad.jobs.data.IdxDataset;
import io.evergrad.jobs.stream.Scenario;
import io.evergrad.jobs.stream.TaskStream;

/**
 * Everything but the code and the data that a trial's figures depend on.
 *
 * @param matchup which method on which experiment
 * @param side who carries it out
 * @param seed of everything drawn at random
 * @param split what is learned and what is judged by
 * @param tasks number of tasks
 * @param examplesPerTask examples to learn of each task; 0: all, once
 * @param strength of the protection, in the side's own terms; 0: none
 * @param threads of the tensor library
 */
public record Trial(
    Matchup matchup,
    Side side,
    long seed,
    Split split,
    int tasks,
    int examplesPerTask,
    double strength,
    int threads) {

  /** The stream of its seed. */
  TaskStream stream(final IdxDataset data) {
    return new TaskStream(split.of(data), Scenario.PERMUTED, tasks, examplesPerTask, seed);
  }
}
