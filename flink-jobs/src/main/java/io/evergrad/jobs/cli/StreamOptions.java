/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.cli;

import io.evergrad.jobs.data.BundledFashionMnist;
import io.evergrad.jobs.data.IdxDataset;
import io.evergrad.jobs.stream.Scenario;
import io.evergrad.jobs.stream.TaskStream;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that say which tasks to make: a mixin. */
final class StreamOptions {
  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--scenario",
      paramLabel = "NAME",
      defaultValue = "permuted",
      description = "How tasks differ: permuted, rotated or split (default: ${DEFAULT-VALUE}).")
  private Scenario scenario;

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

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of everything drawn at random (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description =
          "Directory of the four standard IDX gz files (default: the bundled part of Fashion-MNIST).")
  private Path data;

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
    final IdxDataset dataset = data == null ? BundledFashionMnist.load() : IdxDataset.read(data);
    try {
      return new TaskStream(dataset, scenario, tasks, examplesPerTask, seed);
    } catch (final IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }
}
