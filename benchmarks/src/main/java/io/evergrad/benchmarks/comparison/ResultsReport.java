/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

import io.evergrad.benchmarks.experiment.Logged;
import io.evergrad.benchmarks.experiment.Split;
import io.evergrad.benchmarks.experiment.StreamDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Tables as Markdown, CSV and charts. The same outcomes give the same bytes. */
public final class ResultsReport {
  private final List<TableResult> results;
  private final Setting setting;

  /** A report of the tables that have any rows. */
  public ResultsReport(final List<TableResult> results, final Setting setting) {
    this.results = results.stream().filter(result -> !result.rows().isEmpty()).toList();
    this.setting = Objects.requireNonNull(setting, "setting");
  }

  /**
   * Writes {@code results.md}, and into {@code results} a CSV file and a chart of each table.
   *
   * @throws IOException if a file cannot be written
   */
  public void write(final Path directory) throws IOException {
    final Path files = Files.createDirectories(directory.resolve("results"));
    Files.writeString(directory.resolve("results.md"), markdown());
    for (final TableResult result : results) {
      final String name = result.table().name();
      Files.writeString(files.resolve(name + ".csv"), ResultsCsv.runs(result));
      Files.write(files.resolve(name + ".png"), ResultsChart.png(result));
      if (result.table().curveInterval() > 0) {
        Files.writeString(files.resolve(name + "-curves.csv"), ResultsCsv.curves(result));
      }
    }
  }

  /**
   * Whether every bar is decided, and met by what was tuned, and the setting is that which they are
   * stated for.
   */
  public boolean passed() {
    return barsApply()
        && results.stream()
            .flatMap(result -> result.verdicts().stream())
            .filter(verdict -> verdict.row().contender().tunes() != Contender.Tuning.NOTHING)
            .allMatch(verdict -> verdict.decided() && verdict.met());
  }

  private boolean barsApply() {
    return setting.barsApply(results.stream().anyMatch(r -> !r.table().stream().texts()));
  }

  /** Tables for people. */
  public String markdown() {
    return Stream.of(
            Stream.of(head()), results.stream().map(this::section), Stream.of(bars(), tuning()))
        .flatMap(sections -> sections)
        .collect(Collectors.joining("\n"));
  }

  private String head() {
    final List<Logged> all = logged();
    final double hours = all.stream().mapToDouble(l -> l.outcome().seconds()).sum() / 3600;
    final Set<String> machines = new LinkedHashSet<>();
    all.forEach(logged -> machines.add(logged.machine()));
    return String.join(
        "\n",
        "# Results",
        "",
        "What `" + setting.command() + "` found; this page is written by it.",
        "[benchmarks/README.md](../benchmarks/README.md) says how it is measured.",
        "",
        data(all),
        "- Seeds: " + join(setting.seeds()) + "; tuned with " + setting.validationSeed(),
        "- Machine: " + String.join("; ", machines),
        "- Code: " + codes(all),
        String.format(
            Locale.ROOT,
            "- Computing: %.1f hours of one thread, %,d runs, tuning included",
            hours,
            all.size()),
        "",
        "Figures are medians over the seeds, with the lowest and the highest in brackets. Protections of",
        "others run with the learner that they were published for, SGD with momentum, and where they are",
        "a penalty on any learner's steps also with AdamW; ours with ours. All but what is called untuned",
        "were tuned on the same shorter stream, a protection by three searches, ours by two, what has no",
        "strength by one: see the end of the page.",
        setting.quick() ? "**A quick run on next to nothing: the figures mean nothing.**\n" : "");
  }

  private String data(final List<Logged> all) {
    final String images = digests(all, false);
    final String texts = digests(all, true);
    return Stream.of(
            images.isEmpty()
                ? ""
                : String.format(
                    Locale.ROOT,
                    "- Data: %,d training and %,d test images, digest %s",
                    setting.trainImages(),
                    setting.testImages(),
                    images),
            texts.isEmpty()
                ? ""
                : "- Texts: those of [benchmarks/TEXTS.md](../benchmarks/TEXTS.md), digest "
                    + texts)
        .filter(line -> !line.isEmpty())
        .collect(Collectors.joining("\n"));
  }

  /** Of what the reported runs were made, of images or of texts. */
  private static String digests(final List<Logged> all, final boolean texts) {
    return all.stream()
        .filter(logged -> logged.experiment().split() == Split.TEST)
        .filter(logged -> logged.experiment().stream().texts() == texts)
        .map(Logged::data)
        .distinct()
        .collect(Collectors.joining(", "));
  }

  /** Which code the outcomes are of; every other than today's is named. */
  private String codes(final List<Logged> all) {
    final Map<String, Long> counts =
        all.stream()
            .collect(Collectors.groupingBy(Logged::code, TreeMap::new, Collectors.counting()));
    if (counts.keySet().equals(Set.of(setting.code()))) {
      return "digest " + setting.code();
    }
    return "digest "
        + setting.code()
        + "; **outcomes of other states of the code are trusted here** (`--trust-log`): "
        + counts.entrySet().stream()
            .map(count -> count.getKey() + " has " + count.getValue() + " runs")
            .collect(Collectors.joining(", "))
        + "; the CSV files have the digest of each run";
  }

  private String section(final TableResult result) {
    final Table table = result.table();
    final StringBuilder text = new StringBuilder();
    text.append("## ").append(table.title()).append("\n\n");
    text.append(
        "Learned: %s. Tuned on: %s.\n\n"
            .formatted(describe(table.stream()), describe(table.tuning())));
    if (!table.options().isEmpty()) {
      text.append(
          "Of every method: %s.\n\n"
              .formatted(
                  table.options().entrySet().stream()
                      .map(option -> option.getKey() + " " + option.getValue())
                      .collect(Collectors.joining(", "))));
    }
    text.append("| method | settings | ")
        .append(table.figures().stream().map(Figure::label).collect(Collectors.joining(" | ")))
        .append(" |\n|---|---|")
        .append("---|".repeat(table.figures().size()))
        .append('\n');
    for (final Row row : result.rows()) {
      text.append("| %s | %s |".formatted(row.contender().label(), row.settings(table)));
      for (final Figure figure : table.figures()) {
        text.append(' ').append(row.show(figure)).append(" |");
      }
      text.append('\n');
    }
    text.append(
        "\n![%s](results/%s.png)\n\nEvery run: [%s.csv](results/%s.csv).\n"
            .formatted(table.title(), table.name(), table.name(), table.name()));
    return text.toString();
  }

  private String bars() {
    final StringBuilder text = new StringBuilder("## Bars\n\n");
    text.append(
        barsApply()
            ? "This is the setting that they are stated for.\n\n"
            : "They are stated for the full data, the full streams and three seeds: **this is another"
                + " setting**.\n\n");
    text.append("| table | method | figure | measured | required | |\n|---|---|---|---|---|---|\n");
    for (final TableResult result : results) {
      for (final Verdict verdict : result.verdicts()) {
        text.append(
            "| %s | %s | %s | %s | %s | %s |\n"
                .formatted(
                    result.table().title(),
                    verdict.row().contender().label(),
                    verdict.what(),
                    verdict.measured(),
                    verdict.required(),
                    !verdict.decided() ? "not decided" : verdict.met() ? "met" : "**missed**"));
      }
    }
    return text.toString();
  }

  private String tuning() {
    final StringBuilder text = new StringBuilder("## Tuning\n\n");
    text.append(
        """
        On the validation split: the last sixth of the training images is held out, the rest is learned;
        test images are not touched.%s Of a protection, first the learning rate that is best for its learner
        without it; then the strength at that rate; then the rate again at that strength. Of Evergrad, the
        memory of its preconditioner at the default rate; then the rate at that memory. In brackets, the
        criterion; the chosen value is bold. In a table, every search of a setting has the same grid around
        where it begins, may go on beyond an edge, and ends with the values half-way to the neighbours.

        | table | method | setting | tried | |
        |---|---|---|---|---|
        """
            .formatted(
                results.stream().anyMatch(r -> r.table().stream().texts())
                    ? " Of a text, one in 16 of the windows that are learned is held out instead."
                    : ""));
    for (final TableResult result : results) {
      for (final Row row : result.rows()) {
        for (final Searched search : row.searches()) {
          text.append(
              "| %s | %s | %s | %s | %s |\n"
                  .formatted(
                      result.table().name(),
                      row.contender().label(),
                      search.key().substring(search.key().lastIndexOf('.') + 1),
                      search.tried().stream()
                          .map(tried -> shown(tried, search, result.table().criterion()))
                          .collect(Collectors.joining(", ")),
                      extent(search)));
        }
      }
    }
    return text.toString();
  }

  private static String extent(final Searched search) {
    final String extended = search.extensions() == 0 ? "" : "extended by " + search.extensions();
    return search.edge()
        ? extended + (extended.isEmpty() ? "" : ", ") + "**best at the edge**"
        : extended;
  }

  private static String shown(
      final Searched.Tried tried, final Searched search, final Figure criterion) {
    final String value = Numbers.setting(tried.value());
    return "%s (%s)"
        .formatted(
            tried.value() == search.best() ? "**" + value + "**" : value,
            tried.logged().outcome().hasDiverged()
                ? "diverged"
                : criterion.show(criterion.of(tried.logged().outcome())));
  }

  private String describe(final StreamDefinition stream) {
    return stream.texts()
        ? "%d %s, %s of each, judged by %s held out of each"
            .formatted(
                stream.tasks(),
                stream.tasks() == 1 ? "text" : "texts",
                number(stream.examplesPerTask(), "windows"),
                number(stream.heldOut(), "windows"))
        : "%d %s, %s of each, judged by %s held out"
            .formatted(
                stream.tasks(),
                stream.tasks() == 1
                    ? "task"
                    : stream.scenario().name().toLowerCase(Locale.ROOT).replace('_', ' ')
                        + " tasks",
                number(stream.examplesPerTask(), "examples"),
                number(stream.heldOut(), "images"));
  }

  private static String number(final int number, final String what) {
    return number == 0 ? "all " + what : String.format(Locale.ROOT, "%,d %s", number, what);
  }

  /** Every outcome that the report rests on, once. */
  private List<Logged> logged() {
    return results.stream()
        .flatMap(result -> result.rows().stream())
        .flatMap(Row::all)
        .distinct()
        .toList();
  }

  private static String join(final List<Long> numbers) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }
}
