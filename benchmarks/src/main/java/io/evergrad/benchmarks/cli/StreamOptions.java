/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cli;

import io.evergrad.benchmarks.experiment.StreamDefinition;
import io.evergrad.jobs.data.BundledFashionMnist;
import io.evergrad.jobs.data.IdxDataset;
import io.evergrad.jobs.stream.Scenario;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The options that say which tasks to learn: a mixin. */
final class StreamOptions {
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

  StreamDefinition definition() {
    return new StreamDefinition(Scenario.PERMUTED, tasks, examplesPerTask);
  }
}
