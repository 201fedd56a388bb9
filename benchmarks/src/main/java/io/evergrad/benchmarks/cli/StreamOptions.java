/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cli;

import io.evergrad.benchmarks.experiment.StreamDefinition;
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

/** The options that say which tasks to learn: a mixin. */
final class StreamOptions {
  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description =
          "Directory of the four standard IDX gz files (default: the bundled part of Fashion-MNIST).")
  private Path data;

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

  IdxDataset dataset() throws IOException {
    return data == null ? BundledFashionMnist.load() : IdxDataset.read(data);
  }

  /**
   * The stream of some seed.
   *
   * @throws ParameterException if a number does not fit the data
   */
  TaskStream stream(final IdxDataset dataset, final long seed) {
    final StreamDefinition definition = definition();
    try {
      return new TaskStream(
          dataset, definition.scenario(), definition.tasks(), definition.examplesPerTask(), seed);
    } catch (final IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  StreamDefinition definition() {
    return new StreamDefinition(Scenario.PERMUTED, tasks, examplesPerTask);
  }
}
