/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cli;

import io.evergrad.benchmarks.comparison.Catalogue;
import io.evergrad.benchmarks.comparison.Table;
import io.evergrad.benchmarks.comparison.Variations;
import io.evergrad.benchmarks.comparison.VariationsReport;
import io.evergrad.benchmarks.experiment.Archive;
import io.evergrad.benchmarks.experiment.ExperimentRunner;
import io.evergrad.benchmarks.experiment.Rehearsal;
import io.evergrad.benchmarks.experiment.StreamDefinition;
import io.evergrad.benchmarks.experiment.Trust;
import io.evergrad.jobs.config.InvalidConfigurationException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code evergrad-bench trial}: one method of a table, with other settings. */
@Command(
    name = "trial",
    mixinStandardHelpOptions = true,
    description =
        "Runs a method of one of the tables of results with every combination of some settings, on the "
            + "validation split of the table's stream. Goes on where an earlier run of the same code "
            + "stopped.")
final class TrialCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private LaboratoryOptions options;

  @Option(
      names = "--table",
      paramLabel = "NAME",
      required = true,
      description = "Whose stream and figures, such as permuted-10.")
  private String table;

  @Option(
      names = "--method",
      paramLabel = "NAME",
      defaultValue = "ours-defaults",
      description = "Which of the table's (default: ${DEFAULT-VALUE}).")
  private String method;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE[,VALUE...]",
      description =
          "Values of an option, by its key without \"evergrad.\", such as "
              + "protection.memory=0.3,1,3; for each option anew. Of a list the parts are separated by "
              + "semicolons.")
  private List<String> settings = List.of();

  @Option(
      names = "--seeds",
      paramLabel = "N",
      split = ",",
      defaultValue = "101",
      description = "Of the runs, separated by commas (default: ${DEFAULT-VALUE}).")
  private List<Long> seeds;

  @Option(names = "--tasks", paramLabel = "N", description = "Fewer or more than the table has.")
  private Integer tasks;

  @Option(
      names = "--examples-per-task",
      paramLabel = "N",
      description = "Fewer or more than the table has; 0: all, once.")
  private Integer examplesPerTask;

  @Option(names = "--json", description = "Print the result as JSON.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    final Variations variations = variations();
    final int threads = options.workers(spec);
    try (Archive archive = options.archive(options.images(), Trust.NONE)) {
      final Rehearsal rehearsal = new Rehearsal(archive);
      variations.run(rehearsal);
      try (ExperimentRunner runner =
          new ExperimentRunner(archive, threads, spec.commandLine().getErr())) {
        expect(runner, rehearsal);
        final VariationsReport report = new VariationsReport(variations, variations.run(runner));
        final PrintWriter out = spec.commandLine().getOut();
        out.println(json ? report.json() : report.markdown());
        out.flush();
      }
    }
    return Benchmarks.DONE;
  }

  /** Numbers that the data cannot give show here, before anything runs. */
  private void expect(final ExperimentRunner runner, final Rehearsal rehearsal) {
    try {
      runner.expect(rehearsal);
    } catch (final IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private Variations variations() {
    try {
      final Catalogue catalogue = Catalogue.load();
      final Table of = catalogue.table(table);
      return new Variations(
          of,
          catalogue.contender(of, method),
          stream(of.stream()),
          Variations.combinations(values()),
          seeds);
    } catch (final IllegalArgumentException | InvalidConfigurationException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private StreamDefinition stream(final StreamDefinition whole) {
    return whole.of(
        tasks == null ? whole.tasks() : tasks,
        examplesPerTask == null ? whole.examplesPerTask() : examplesPerTask);
  }

  private Map<String, List<String>> values() {
    final Map<String, List<String>> values = new LinkedHashMap<>();
    for (final String setting : settings) {
      final int equals = setting.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException(
            "--set " + setting + ": expected a key and values, such as protection.memory=0.3,1,3");
      }
      final String key = setting.substring(0, equals);
      if (values.put(key, List.of(setting.substring(equals + 1).split(",", -1))) != null) {
        throw new IllegalArgumentException("--set " + key + " is given twice: give it once");
      }
    }
    return values;
  }
}
