/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cli;

import io.evergrad.benchmarks.measure.Machine;
import io.evergrad.benchmarks.peers.Part;
import io.evergrad.benchmarks.peers.PeersComparison;
import io.evergrad.benchmarks.peers.PeersReport;
import io.evergrad.benchmarks.peers.PeersResult;
import io.evergrad.jobs.report.BuildVersion;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code evergrad-bench peers}: our baselines beside PyTorch and Avalanche. */
@Command(
    name = "peers",
    mixinStandardHelpOptions = true,
    description =
        "Runs the same experiments by our baselines and by PyTorch and Avalanche, and compares accuracies "
            + "and speeds. Needs the environment that benchmarks/peers/setup.sh makes. Goes on where an "
            + "earlier run of the same code stopped.")
final class PeersCommand implements Callable<Integer> {
  private static final int TASKS = 5;
  private static final int TUNING_EXAMPLES = 10_000;
  private static final int QUICK_TASKS = 2;
  private static final int QUICK_EXAMPLES = 6_000;
  private static final int QUICK_TUNING_EXAMPLES = 1_000;

  @Spec private CommandSpec spec;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      required = true,
      description = "Directory of the four standard IDX gz files.")
  private Path data;

  @Option(
      names = "--peers",
      paramLabel = "DIR",
      defaultValue = "benchmarks/peers",
      description = "Directory of the peers' scripts (default: ${DEFAULT-VALUE}).")
  private Path peers;

  @Option(
      names = "--parts",
      paramLabel = "NAME",
      split = ",",
      defaultValue = "one_task,permuted,kafka",
      description = "What to compare, separated by commas (default: ${DEFAULT-VALUE}).")
  private List<Part> parts;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      split = ",",
      defaultValue = "1,2,3",
      description = "Of the trials, separated by commas, at least two (default: ${DEFAULT-VALUE}).")
  private List<Long> seeds;

  @Option(
      names = "--repetitions",
      paramLabel = "N",
      defaultValue = "3",
      description = "Counted runs from Kafka, after one to warm up (default: ${DEFAULT-VALUE}).")
  private int repetitions;

  @Option(
      names = "--examples-per-task",
      paramLabel = "N",
      description = "Examples to learn of each task; 0: all, once (default: 0; 6000 with --quick).")
  private Integer examplesPerTask;

  @Option(names = "--quick", description = "Fewer examples and tasks: for trying, not for quoting.")
  private boolean quick;

  @Option(
      names = "--work",
      paramLabel = "DIR",
      defaultValue = "evergrad-peers",
      description = "Gets runs.jsonl, every finished trial (default: ${DEFAULT-VALUE}).")
  private Path work;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      defaultValue = "docs",
      description = "Gets peers.md and results/peers.csv (default: ${DEFAULT-VALUE}).")
  private Path output;

  @Option(names = "--check", description = "Exit with 4 if the sides do not agree.")
  private boolean check;

  @Override
  public Integer call() throws Exception {
    final double load = Machine.load();
    final PeersResult result =
        comparison().run(data, peers, work.resolve("runs.jsonl"), spec.commandLine().getErr());
    final PeersReport report =
        new PeersReport(result, BuildVersion.current(), Machine.current(), load);
    report.write(output);
    final PrintWriter out = spec.commandLine().getOut();
    out.println(report.markdown());
    out.flush();
    return check && !report.agrees() ? Benchmarks.MISSED : Benchmarks.DONE;
  }

  private int examplesPerTask() {
    if (examplesPerTask != null) {
      return examplesPerTask;
    }
    return quick ? QUICK_EXAMPLES : 0;
  }

  private PeersComparison comparison() {
    try {
      return new PeersComparison(
          EnumSet.copyOf(parts),
          seeds,
          quick ? QUICK_TASKS : TASKS,
          examplesPerTask(),
          quick ? QUICK_TUNING_EXAMPLES : TUNING_EXAMPLES,
          repetitions);
    } catch (final IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }
}
