/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cli;

import io.evergrad.benchmarks.experiment.Method;
import io.evergrad.benchmarks.measure.Machine;
import io.evergrad.benchmarks.throughput.ThroughputComparison;
import io.evergrad.benchmarks.throughput.ThroughputReport;
import io.evergrad.benchmarks.throughput.ThroughputResult;
import io.evergrad.jobs.cli.MethodOptions;
import io.evergrad.jobs.cli.TaskOptions;
import io.evergrad.jobs.report.BuildVersion;
import io.evergrad.jobs.stream.Scenario;
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

  @Mixin private TaskOptions tasks;

  @Mixin private MethodOptions method;

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
    final TaskStream stream = tasks.stream(tasks.dataset(), Scenario.PERMUTED, seed);
    final ThroughputResult result = comparison(stream).run(spec.commandLine().getErr());
    final ThroughputReport report =
        new ThroughputReport(result, stream, BuildVersion.current(), Machine.current());
    final PrintWriter out = spec.commandLine().getOut();
    out.println(json ? report.json() : report.text());
    out.flush();
    return check && !result.passed() ? Benchmarks.MISSED : Benchmarks.DONE;
  }

  private ThroughputComparison comparison(final TaskStream stream) {
    try {
      return new ThroughputComparison(
          stream, Method.of(method.learner(), method.protection()), seed, repetitions);
    } catch (final IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }
}
