/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.cli;

import io.evergrad.jobs.stream.Scenario;
import io.evergrad.jobs.stream.TaskStream;
import java.io.IOException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options that say which tasks to make: a mixin. */
final class StreamOptions {
  @Option(
      names = "--scenario",
      paramLabel = "NAME",
      defaultValue = "permuted",
      description =
          "How tasks differ: permuted, rotated, split (each task has classes of its own, all share the "
              + "outputs) or split_task (and outputs of its own) (default: ${DEFAULT-VALUE}).")
  private Scenario scenario;

  @Mixin private TaskOptions tasks;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of everything drawn at random (default: ${DEFAULT-VALUE}).")
  private long seed;

  Scenario scenario() {
    return scenario;
  }

  long seed() {
    return seed;
  }

  /**
   * The stream asked for.
   *
   * @throws ParameterException if a number does not fit the data
   */
  TaskStream stream() throws IOException {
    return tasks.stream(tasks.dataset(), scenario, seed);
  }
}
