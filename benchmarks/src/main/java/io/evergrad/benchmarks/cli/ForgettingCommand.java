/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cli;

import io.evergrad.benchmarks.experiment.ExperimentRunner;
import io.evergrad.benchmarks.experiment.Split;
import io.evergrad.benchmarks.experiment.StreamDefinition;
import io.evergrad.benchmarks.experiment.Through;
import io.evergrad.benchmarks.forgetting.ForgettingComparison;
import io.evergrad.benchmarks.forgetting.ForgettingReport;
import io.evergrad.benchmarks.forgetting.ForgettingResult;
import io.evergrad.benchmarks.forgetting.Setting;
import io.evergrad.benchmarks.measure.Machine;
import io.evergrad.jobs.cli.TaskOptions;
import io.evergrad.jobs.data.IdxDataset;
import io.evergrad.jobs.report.BuildVersion;
import io.evergrad.jobs.stream.Scenario;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code evergrad-bench forgetting}: our defaults beside Adam, with and without EWC. */
@Command(
    name = "forgetting",
    mixinStandardHelpOptions = true,
    description =
        "Compares what is learned and forgotten over permuted tasks: our method at its defaults, Adam "
            + "with EWC tuned on a validation split, and Adam alone. Goes on where an earlier run of "
            + "the same code stopped.")
final class ForgettingCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private TaskOptions tasks;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      split = ",",
      defaultValue = "1,2,3",
      description = "Of the reported runs, separated by commas (default: ${DEFAULT-VALUE}).")
  private List<Long> seeds;

  @Option(
      names = "--validation-seed",
      paramLabel = "N",
      defaultValue = "101",
      description = "Of the runs that choose settings (default: ${DEFAULT-VALUE}).")
  private long validationSeed;

  @Option(
      names = "--through",
      paramLabel = "NAME",
      defaultValue = "loop",
      description =
          "loop: train in this thread; job: by Kafka and Flink, as users do. The accuracies are the "
              + "same (default: ${DEFAULT-VALUE}).")
  private Through through;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      defaultValue = "evergrad-forgetting",
      description =
          "Gets runs.jsonl, forgetting.md and forgetting.json (default: ${DEFAULT-VALUE}).")
  private Path output;

  @Option(names = "--json", description = "Print the result as JSON.")
  private boolean json;

  @Option(names = "--check", description = "Exit with 4 if a bar is missed.")
  private boolean check;

  @Override
  public Integer call() throws Exception {
    final ForgettingComparison comparison = comparison();
    final IdxDataset data = tasks.dataset();
    // Refuses numbers that fit no stream before anything runs.
    tasks.stream(data, Scenario.PERMUTED, validationSeed);
    final ForgettingResult result;
    final Setting setting;
    try (ExperimentRunner runner =
        ExperimentRunner.open(
            data,
            definition(),
            through,
            output.resolve("runs.jsonl"),
            spec.commandLine().getErr())) {
      result = comparison.run(runner);
      setting = setting(data, runner);
    }
    final ForgettingReport report = new ForgettingReport(result, setting);
    final String markdown = report.markdown();
    Files.writeString(output.resolve("forgetting.md"), markdown);
    Files.writeString(output.resolve("forgetting.json"), report.json() + "\n");
    final PrintWriter out = spec.commandLine().getOut();
    out.println(json ? report.json() : markdown);
    out.flush();
    return check && !result.passed() ? Benchmarks.MISSED : Benchmarks.DONE;
  }

  private StreamDefinition definition() {
    return new StreamDefinition(Scenario.PERMUTED, tasks.tasks(), tasks.examplesPerTask());
  }

  private ForgettingComparison comparison() {
    try {
      return new ForgettingComparison(seeds, validationSeed);
    } catch (final IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private Setting setting(final IdxDataset data, final ExperimentRunner runner) {
    return new Setting(
        data.train().size(),
        data.heldOut().size(),
        runner.data(Split.TEST),
        definition(),
        seeds,
        validationSeed,
        through,
        BuildVersion.current(),
        runner.code(),
        Machine.current());
  }
}
