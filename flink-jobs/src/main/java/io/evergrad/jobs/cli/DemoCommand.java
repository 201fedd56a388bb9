/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.cli;

import io.evergrad.jobs.config.EvergradOptions;
import io.evergrad.jobs.config.NetworkType;
import io.evergrad.jobs.demo.Demo;
import io.evergrad.jobs.report.ForgettingReport;
import io.evergrad.jobs.report.ProgressLine;
import io.evergrad.jobs.report.RunSummary;
import io.evergrad.jobs.stream.TaskStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
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
  /** Of text in one step: each is as many predictions as its context has bytes. */
  private static final int WINDOWS = 16;

  @Spec private CommandSpec spec;

  @Mixin private StreamOptions options;

  @Mixin private MethodOptions method;

  @Option(
      names = "--network",
      paramLabel = "NAME",
      description =
          "Of images: mlp, convolutional or recurrent (row by row); of texts: transformer; at its default "
              + "sizes (default: mlp or transformer).")
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
    final Demo demo = demo(options.stream());
    final TaskStream stream = demo.stream();
    final PrintWriter err = spec.commandLine().getErr();
    err.printf(
        "%d %s tasks, %,d examples in all; starting Kafka and Flink%n",
        stream.tasks().size(), options.kind(), stream.examples());
    err.flush();
    final RunSummary run;
    try (ProgressLine line = new ProgressLine(stream.examples())) {
      run = demo.run(line);
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

  private Demo demo(final TaskStream stream) {
    final Map<String, String> learning = new TreeMap<>();
    learning.put(EvergradOptions.RULE.key(), method.learner().name());
    learning.put(EvergradOptions.PROTECTION.key(), method.protection().name());
    learning.put(EvergradOptions.LEARNERS.key(), String.valueOf(parallelism));
    learning.put(EvergradOptions.SEED.key(), String.valueOf(options.seed()));
    learning.put(
        EvergradOptions.NETWORK_TYPE.key(), (network == null ? options.network() : network).name());
    if (options.ofTexts()) {
      learning.put(EvergradOptions.BATCH_SIZE.key(), String.valueOf(WINDOWS));
    }
    try {
      return new Demo(stream, learning, Demo.Feed.ALONGSIDE, output.resolve("store"));
    } catch (final IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }
}
