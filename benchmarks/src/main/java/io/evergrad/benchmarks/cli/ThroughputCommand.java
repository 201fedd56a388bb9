/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cli;

import io.evergrad.benchmarks.experiment.Method;
import io.evergrad.benchmarks.measure.Machine;
import io.evergrad.benchmarks.throughput.ThroughputComparison;
import io.evergrad.benchmarks.throughput.ThroughputReport;
import io.evergrad.benchmarks.throughput.ThroughputResult;
import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.jobs.report.BuildVersion;
import io.evergrad.jobs.stream.TaskStream;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code evergrad-bench throughput}: the job beside the bare loop. */
@Command(
    name = "throughput",
    mixinStandardHelpOptions = true,
    description =
        "Measures how many examples a second the job learns from Kafka, beside a bare loop with the "
            + "same learner, by turns in this JVM.")
final class ThroughputCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private StreamOptions stream;

  @Option(
      names = "--learner",
      paramLabel = "NAME",
      defaultValue = "symmetry",
      description = "symmetry, sgd or adam (default: ${DEFAULT-VALUE}).")
  private LearnerSettings.Rule learner;

  @Option(
      names = "--protection",
      paramLabel = "NAME",
      defaultValue = "symmetry",
      description = "symmetry, ewc or none (default: ${DEFAULT-VALUE}).")
  private LearnerSettings.Protection protection;

  @Option(
      names = "--repetitions",
      paramLabel = "N",
      defaultValue = "3",
      description = "Counted runs of each, after one to warm up (default: ${DEFAULT-VALUE}).")
  private int repetitions;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of everything drawn at random (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(names = "--json", description = "Print the result as JSON.")
  private boolean json;

  @Option(names = "--check", description = "Exit with 4 if the required ratio is missed.")
  private boolean check;

  @Override
  public Integer call() throws Exception {
    final TaskStream tasks = stream.stream(stream.dataset(), seed);
    final ThroughputResult result = comparison(tasks).run(spec.commandLine().getErr());
    final ThroughputReport report =
        new ThroughputReport(result, tasks, BuildVersion.current(), Machine.current());
    final PrintWriter out = spec.commandLine().getOut();
    out.println(json ? report.json() : report.text());
    out.flush();
    return check && !result.passed() ? Benchmarks.MISSED : Benchmarks.DONE;
  }

  private ThroughputComparison comparison(final TaskStream tasks) {
    try {
      return new ThroughputComparison(tasks, Method.of(learner, protection), seed, repetitions);
    } catch (final IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }
}
