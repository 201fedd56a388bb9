/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.cli;

import io.evergrad.jobs.data.IdxDataset;
import io.evergrad.jobs.stream.Scenario;
import io.evergrad.jobs.stream.TaskStream;
import java.io.IOException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that say how many tasks to make, and of which data: a mixin. */
public final class TaskOptions {
  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Mixin private DataOption data;

  @Option(
      names = "--tasks",
      paramLabel = "N",
      defaultValue = "5",
      description = "Number of tasks (default: ${DEFAULT-VALUE}).")
  private int tasks;

  @Option(
      names = "--examples-per-task",
      paramLabel = "N",
      defaultValue = "0",
      description = "Examples to learn of each task; 0: all, once (default: ${DEFAULT-VALUE}).")
  private int examplesPerTask;

  /** Examples to learn of each task, as given; 0: all, once. */
  public int examplesPerTask() {
    return examplesPerTask;
  }

  /**
   * The data set asked for.
   *
   * @throws IOException if it cannot be read
   */
  public IdxDataset dataset() throws IOException {
    return data.dataset();
  }

  /**
   * The stream of a scenario and a seed.
   *
   * @throws ParameterException if a number does not fit the data
   */
  public TaskStream stream(final IdxDataset dataset, final Scenario scenario, final long seed) {
    try {
      return new TaskStream(dataset, scenario, tasks, examplesPerTask, seed);
    } catch (final IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }
}
