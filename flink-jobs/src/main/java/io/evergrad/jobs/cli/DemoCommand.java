/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.cli;

import io.evergrad.jobs.config.NetworkType;
import io.evergrad.jobs.demo.Demo;
import io.evergrad.jobs.report.ForgettingReport;
import io.evergrad.jobs.report.ProgressLine;
import io.evergrad.jobs.report.RunSummary;
import io.evergrad.jobs.stream.TaskStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code evergrad demo}: everything in one JVM, from images to forgetting figures. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description =
        "Starts Kafka and Flink in this JVM, streams tasks, learns them and reports what was forgotten.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:done", "1:failed; the reason is on stderr", "2:wrong arguments"})
final class DemoCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private StreamOptions options;

  @Mixin private MethodOptions method;

  @Option(
      names = "--network",
      paramLabel = "NAME",
      defaultValue = "mlp",
      description =
          "mlp, convolutional or recurrent (row by row), at its default sizes (default: ${DEFAULT-VALUE}).")
  private NetworkType network;

  @Option(
      names = "--parallelism",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Learners that share the model, each on a partition of its own (default: ${DEFAULT-VALUE}).")
  private int parallelism;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      defaultValue = "evergrad-demo",
      description = "Where the report and the model store go (default: ${DEFAULT-VALUE}).")
  private Path output;

  @Option(names = "--json", description = "Print the figures as JSON.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    if (parallelism < 1) {
      throw new ParameterException(
          spec.commandLine(), "--parallelism " + parallelism + ": expected at least 1");
    }
    if (network == NetworkType.TRANSFORMER) {
      throw new ParameterException(
          spec.commandLine(),
          "--network transformer: it learns texts, and the demo streams images; "
              + "expected mlp, convolutional or recurrent");
    }
    final TaskStream stream = options.stream();
    final PrintWriter err = spec.commandLine().getErr();
    err.printf(
        "%d %s tasks, %,d examples in all; starting Kafka and Flink%n",
        stream.tasks().size(),
        options.scenario().name().toLowerCase(Locale.ROOT),
        stream.examples());
    err.flush();
    final RunSummary run;
    try (ProgressLine line = new ProgressLine(stream.examples())) {
      run =
          new Demo(
                  stream,
                  method.learner(),
                  method.protection(),
                  parallelism,
                  options.seed(),
                  output.resolve("store"))
              .with(network)
              .run(line);
    }
    final ForgettingReport report = new ForgettingReport(run);
    report.write(output);
    final PrintWriter out = spec.commandLine().getOut();
    out.println(json ? report.json() : report.text());
    out.flush();
    err.printf("report: %s%n", output.resolve("report.html"));
    err.flush();
    return Evergrad.DONE;
  }
}
