/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cli;

import io.evergrad.benchmarks.cost.CostChart;
import io.evergrad.benchmarks.cost.CostComparison;
import io.evergrad.benchmarks.cost.CostReport;
import io.evergrad.benchmarks.cost.CostResult;
import io.evergrad.benchmarks.cost.CurvatureMemory;
import io.evergrad.benchmarks.cost.Subject;
import io.evergrad.benchmarks.measure.Machine;
import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.curvature.learning.LearnerSettings.Rule;
import io.evergrad.jobs.data.BundledFashionMnist;
import io.evergrad.jobs.data.IdxDataset;
import io.evergrad.jobs.report.BuildVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code evergrad-bench cost}: milliseconds a step. */
@Command(
    name = "cost",
    mixinStandardHelpOptions = true,
    description =
        "Measures milliseconds a step of each learning rule at its defaults, one thread, over the width"
            + " of the network and the batch, beside the cost model; and where the time goes.")
final class CostCommand implements Callable<Integer> {
  /** Width of the network that everything is measured with. */
  private static final int STANDARD = 256;

  @Spec private CommandSpec spec;

  @Option(
      names = "--widths",
      paramLabel = "N",
      split = ",",
      defaultValue = "64,256,1024,4096",
      description = "Units of each hidden layer (default: ${DEFAULT-VALUE}).")
  private List<Integer> widths;

  @Option(
      names = "--batches",
      paramLabel = "N",
      split = ",",
      defaultValue = "128,512",
      description = "Examples in a step (default: ${DEFAULT-VALUE}).")
  private List<Integer> batches;

  @Option(
      names = "--rules",
      paramLabel = "NAME",
      split = ",",
      defaultValue = "ADAMW,MUON,SHAMPOO,SOAP,KFAC,SYMMETRY",
      description =
          "Learning rules at width "
              + STANDARD
              + "; at other widths those of AdamW and symmetry among them (default: ${DEFAULT-VALUE}).")
  private List<Rule> rules;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "10",
      description = "To spend on each rule, width and batch (default: ${DEFAULT-VALUE}).")
  private double seconds;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "Directory for cost.md, cost.csv and charts (default: none are written).")
  private Path output;

  @Override
  public Integer call() throws IOException {
    final IdxDataset data = BundledFashionMnist.load();
    final CostResult result =
        new CostComparison(data.train(), data.classes(), groups(), seconds, STANDARD)
            .run(spec.commandLine().getErr());
    final List<CurvatureMemory> memory =
        Stream.of(
                new Subject(Rule.KFAC, Protection.KFAC_LAPLACE, STANDARD, 1),
                new Subject(Rule.SYMMETRY, Protection.SYMMETRY, STANDARD, 1))
            .map(of -> CurvatureMemory.of(of, data.train().pixels(), data.classes()))
            .toList();
    final CostReport report =
        new CostReport(result, memory, BuildVersion.current(), Machine.current());
    if (output != null) {
      Files.createDirectories(output);
      Files.writeString(output.resolve("cost.md"), report.markdown());
      Files.writeString(output.resolve("cost.csv"), report.csv());
      for (final int batch : batches) {
        Files.write(output.resolve("cost-" + batch + ".png"), CostChart.png(result, batch));
      }
    }
    spec.commandLine().getOut().println(report.markdown());
    spec.commandLine().getOut().flush();
    return Benchmarks.DONE;
  }

  private List<List<Subject>> groups() {
    final List<List<Subject>> groups = new ArrayList<>();
    for (final int width : widths) {
      for (final int batch : batches) {
        groups.add(group(width, batch));
      }
    }
    return groups;
  }

  private List<Subject> group(final int width, final int batch) {
    final List<Subject> group = new ArrayList<>();
    for (final Rule rule : rules) {
      if (width == STANDARD || rule == Rule.ADAMW || rule == Rule.SYMMETRY) {
        group.add(new Subject(rule, Protection.NONE, width, batch));
      }
    }
    if (rules.contains(Rule.SYMMETRY)) {
      group.add(new Subject(Rule.SYMMETRY, Protection.SYMMETRY, width, batch));
    }
    return group;
  }
}
