/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cli;

import io.evergrad.benchmarks.fidelity.Family;
import io.evergrad.benchmarks.fidelity.FidelityComparison;
import io.evergrad.benchmarks.fidelity.FidelityReport;
import io.evergrad.benchmarks.fidelity.FidelityResult;
import io.evergrad.benchmarks.measure.Machine;
import io.evergrad.jobs.report.BuildVersion;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code evergrad-bench fidelity}: approximations of curvature beside the exact one. */
@Command(
    name = "fidelity",
    mixinStandardHelpOptions = true,
    description =
        "Compares approximations of curvature with the exact Hessian, Gauss-Newton matrix and Fisher, "
            + "on four families of networks and at three stages of training, over the memory that they "
            + "take. Goes on where an earlier run of the same code stopped.")
final class FidelityCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      split = ",",
      defaultValue = "1,2,3",
      description = "Of the trainings, separated by commas (default: ${DEFAULT-VALUE}).")
  private List<Long> seeds;

  @Option(
      names = "--families",
      paramLabel = "NAME",
      split = ",",
      defaultValue = "mlp,convolutional,recurrent,transformer",
      description = "Separated by commas (default: ${DEFAULT-VALUE}).")
  private List<Family> families;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      defaultValue = "evergrad-fidelity",
      description =
          "Gets runs.jsonl, fidelity.md, fidelity.csv and a chart for each family (default: "
              + "${DEFAULT-VALUE}).")
  private Path output;

  @Option(names = "--check", description = "Exit with 4 if the bar is missed.")
  private boolean check;

  @Override
  public Integer call() throws Exception {
    final FidelityResult result =
        comparison().run(output.resolve("runs.jsonl"), spec.commandLine().getErr());
    final FidelityReport report =
        new FidelityReport(result, BuildVersion.current(), Machine.current());
    report.write(output);
    final PrintWriter out = spec.commandLine().getOut();
    out.println(report.verdict());
    out.flush();
    return check && !result.passed() ? Benchmarks.MISSED : Benchmarks.DONE;
  }

  private FidelityComparison comparison() {
    try {
      return new FidelityComparison(families, seeds);
    } catch (final IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }
}
