/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cli;

import io.evergrad.benchmarks.comparison.Catalogue;
import io.evergrad.benchmarks.comparison.Comparison;
import io.evergrad.benchmarks.comparison.Contender;
import io.evergrad.benchmarks.comparison.ResultsReport;
import io.evergrad.benchmarks.comparison.Setting;
import io.evergrad.benchmarks.comparison.Table;
import io.evergrad.benchmarks.comparison.TableResult;
import io.evergrad.benchmarks.experiment.Archive;
import io.evergrad.benchmarks.experiment.Experiment;
import io.evergrad.benchmarks.experiment.ExperimentRunner;
import io.evergrad.benchmarks.experiment.Laboratory;
import io.evergrad.benchmarks.experiment.Rehearsal;
import io.evergrad.benchmarks.experiment.Trust;
import io.evergrad.jobs.data.IdxDataset;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code evergrad-bench results}: learners and protections beside each other. */
@Command(
    name = "results",
    mixinStandardHelpOptions = true,
    description =
        "Fills the tables of docs/results.md: learners and protections beside each other on several "
            + "streams, each tuned on a validation split. Goes on where an earlier run of the same code "
            + "stopped.")
final class ResultsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private LaboratoryOptions options;

  @Option(
      names = "--tables",
      paramLabel = "NAME",
      split = ",",
      description = "Which to fill, separated by commas (default: all).")
  private List<String> tables;

  @Option(
      names = "--methods",
      paramLabel = "NAME",
      split = ",",
      description = "Which take part, separated by commas (default: all).")
  private List<String> methods;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      split = ",",
      description = "Of the reported runs, separated by commas (default: 1,2,3).")
  private List<Long> seeds;

  @Option(
      names = "--quick",
      description = "Learn next to nothing, in seconds: to see that all of it works.")
  private boolean quick;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "evergrad-results",
      description =
          "Gets results.md and the directory results, of tables and charts (default: "
              + "${DEFAULT-VALUE}).")
  private Path out;

  @Option(
      names = "--trust-log",
      paramLabel = "WHICH",
      arity = "0..1",
      defaultValue = "none",
      fallbackValue = "all",
      description =
          "Take logged outcomes of another state of the code, and say so in the report: all, or "
              + "baselines, in which symmetry plays no part (default: ${DEFAULT-VALUE}; without a "
              + "value, ${FALLBACK-VALUE}).")
  private Trust trust;

  @Option(
      names = "--plan",
      description = "Run nothing; tell how many runs each table takes, and about how long.")
  private boolean plan;

  @Option(
      names = "--render",
      description = "Run nothing; report what is logged, and leave out the rest.")
  private boolean render;

  @Option(
      names = "--check",
      description = "Exit with 4 if what was tuned misses a bar, or one is not decided.")
  private boolean check;

  @Override
  public Integer call() throws Exception {
    final Catalogue catalogue = catalogue();
    final int threads = options.workers(spec);
    final IdxDataset images = options.images();
    try (Archive archive = options.archive(images, trust)) {
      if (plan) {
        tellPlan(catalogue, archive, threads);
        return Benchmarks.DONE;
      }
      final ResultsReport report =
          new ResultsReport(
              results(catalogue, archive, threads), setting(catalogue, images, archive));
      report.write(out);
      final PrintWriter stdout = spec.commandLine().getOut();
      stdout.println(report.markdown());
      stdout.flush();
      return check && !report.passed() ? Benchmarks.MISSED : Benchmarks.DONE;
    }
  }

  private List<TableResult> results(
      final Catalogue catalogue, final Archive archive, final int threads) throws Exception {
    if (render) {
      return fill(catalogue, archive);
    }
    final Rehearsal rehearsal = new Rehearsal(archive);
    fill(catalogue, rehearsal);
    try (ExperimentRunner runner =
        new ExperimentRunner(archive, threads, spec.commandLine().getErr())) {
      runner.expect(rehearsal);
      return fill(catalogue, runner);
    }
  }

  private List<TableResult> fill(final Catalogue catalogue, final Laboratory laboratory)
      throws Exception {
    final Comparison comparison = new Comparison(catalogue, this::included, laboratory);
    final List<TableResult> results = new ArrayList<>();
    for (final Table table : catalogue.tables()) {
      results.add(comparison.run(table));
    }
    return results;
  }

  private void tellPlan(final Catalogue catalogue, final Archive archive, final int threads)
      throws Exception {
    final PrintWriter stdout = spec.commandLine().getOut();
    final Rehearsal whole = new Rehearsal(archive);
    fill(catalogue, whole);
    try (ExperimentRunner runner =
        new ExperimentRunner(archive, threads, spec.commandLine().getErr())) {
      runner.learn(whole.known());
      runner.calibrate(whole.missing());
      final Rehearsal growing = new Rehearsal(archive);
      int before = 0;
      for (final Table table : catalogue.tables()) {
        fill(catalogue.withTables(Set.of(table.name())), growing);
        final List<Experiment> missing = growing.missing();
        tell(stdout, table.name(), runner, missing.subList(before, missing.size()));
        before = missing.size();
      }
      tell(stdout, "in all", runner, growing.missing());
    }
  }

  private static void tell(
      final PrintWriter stdout,
      final String what,
      final ExperimentRunner runner,
      final List<Experiment> missing) {
    stdout.printf(
        Locale.ROOT,
        "%-16s %5d runs, about %,.0f min%n",
        what,
        missing.size(),
        runner.estimate(missing) / 60);
    stdout.flush();
  }

  private boolean included(final Contender contender) {
    return methods == null || methods.contains(contender.name());
  }

  private Catalogue catalogue() {
    try {
      Catalogue catalogue = Catalogue.load();
      if (methods != null) {
        Catalogue.requireAll("method", methods, catalogue.methodNames());
      }
      if (seeds != null) {
        catalogue = catalogue.withSeeds(seeds);
      }
      if (tables != null) {
        catalogue = catalogue.withTables(Set.copyOf(tables));
      }
      return quick ? catalogue.quick() : catalogue;
    } catch (final IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private Setting setting(
      final Catalogue catalogue, final IdxDataset images, final Archive archive) {
    return new Setting(
        images.train().size(),
        images.heldOut().size(),
        archive.code(),
        catalogue.seeds(),
        catalogue.validationSeed(),
        quick,
        command());
  }

  /** What fills the same tables on another machine. */
  private String command() {
    final StringBuilder command = new StringBuilder("./evergrad-bench results");
    command.append(options.imagesGiven() ? " --data DIR" : "");
    command.append(tables == null ? "" : " --tables " + String.join(",", tables));
    command.append(methods == null ? "" : " --methods " + String.join(",", methods));
    command.append(
        seeds == null
            ? ""
            : " --seeds " + String.join(",", seeds.stream().map(String::valueOf).toList()));
    return command.append(quick ? " --quick" : "").toString();
  }
}
