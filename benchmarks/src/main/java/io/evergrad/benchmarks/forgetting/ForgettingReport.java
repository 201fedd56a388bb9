/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.forgetting;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evergrad.benchmarks.experiment.Method;
import io.evergrad.benchmarks.experiment.Outcome;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;

/** A comparison as Markdown and as JSON. */
public final class ForgettingReport {
  private static final JsonMapper JSON =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  private final ForgettingResult result;
  private final Setting setting;

  /** A report. */
  public ForgettingReport(final ForgettingResult result, final Setting setting) {
    this.result = Objects.requireNonNull(result, "result");
    this.setting = Objects.requireNonNull(setting, "setting");
  }

  /** Tables for people. */
  public String markdown() {
    return String.join(
        "\n",
        "# Forgetting",
        "",
        "- Data: " + setting.describe(),
        "- Seeds: "
            + join(setting.seeds())
            + "; on the validation split: "
            + setting.validationSeed(),
        "- Through: " + setting.through().name().toLowerCase(Locale.ROOT),
        "- Code: " + setting.version() + ", digest " + setting.code(),
        "- Machine: " + setting.machine(),
        "",
        "## Test split",
        "",
        "Medians over the seeds, in brackets each seed's figure. \"Above\" is by how much the average",
        "accuracy of our method is higher.",
        "",
        "| method | settings | average accuracy | forgetting | learning accuracy | above |",
        "|---|---|---|---|---|---|",
        result.reported().stream().map(this::row).collect(Collectors.joining("\n")),
        "",
        "## Bars",
        "",
        setting.barsApply()
            ? "This is the setting that they are stated for."
            : "They are stated for five permuted tasks of the full data, one pass, three seeds: **this"
                + " is another setting**.",
        "",
        "| figure | measured | required | |",
        "|---|---|---|---|",
        result.bars().stream().map(ForgettingReport::row).collect(Collectors.joining("\n")),
        "",
        "## Validation split",
        "",
        "The last sixth of the training images is held out, the rest is learned; test images are not",
        "used. What is compared with takes the settings of the highest average accuracy here.",
        "",
        trials("Tuning adam+ewc", result.ewcTrials(), result.ewc().method()),
        trials("Tuning adam+none", result.noneTrials(), result.noneTuned().method()),
        trials(
            "Our method around its default strength (chooses nothing)", result.ourTrials(), null));
  }

  /** The same for programs; what is not known is null. */
  public String json() {
    final ObjectNode json = JSON.createObjectNode();
    json.set("setting", JSON.valueToTree(setting));
    json.put("bars_apply", setting.barsApply());
    final ArrayNode methods = json.putArray("methods");
    result.reported().forEach(reported -> add(methods.addObject(), reported));
    final ArrayNode bars = json.putArray("bars");
    for (final Bar bar : result.bars()) {
      bars.addObject()
          .put("name", bar.name())
          .put("measured", known(bar.measured()))
          .put(bar.atLeast() ? "at_least" : "at_most", bar.required())
          .put("passed", bar.passed());
    }
    json.put("passed", result.passed());
    final ObjectNode validation = json.putObject("validation");
    add(validation.putArray("adam+ewc"), result.ewcTrials());
    add(validation.putArray("adam+none"), result.noneTrials());
    add(validation.putArray("symmetry+symmetry"), result.ourTrials());
    return json.toPrettyString();
  }

  private String row(final Reported reported) {
    final double above = result.ours().averageAccuracy() - reported.averageAccuracy();
    final List<Outcome> outcomes = List.copyOf(reported.outcomes().values());
    return "| %s | %s | %s | %s | %s | %s |"
        .formatted(
            reported.label(),
            reported.method().settings(),
            shown(
                reported.averageAccuracy(),
                outcomes.stream().map(Outcome::averageAccuracy).toList()),
            shown(reported.forgetting(), outcomes.stream().map(Outcome::forgetting).toList()),
            shown(
                reported.learningAccuracy(),
                outcomes.stream().map(Outcome::learningAccuracy).toList()),
            reported == result.ours() ? "" : shown(above));
  }

  private static String row(final Bar bar) {
    return "| %s | %s | %s %s | %s |"
        .formatted(
            bar.name(),
            shown(bar.measured()),
            bar.atLeast() ? "≥" : "≤",
            bar.required(),
            bar.passed() ? "pass" : "**missed**");
  }

  private static String trials(final String title, final List<Trial> trials, final Method chosen) {
    final StringBuilder table = new StringBuilder("### " + title + "\n\n");
    table.append("| settings | average accuracy | forgetting | learning accuracy | |\n");
    table.append("|---|---|---|---|---|\n");
    for (final Trial trial : trials) {
      final Outcome outcome = trial.outcome();
      table.append(
          "| %s | %s | %s | %s | %s |\n"
              .formatted(
                  trial.method().settings(),
                  shown(outcome.averageAccuracy()),
                  shown(outcome.forgetting()),
                  shown(outcome.learningAccuracy()),
                  outcome.hasDiverged()
                      ? "diverged"
                      : trial.method().equals(chosen) ? "chosen" : ""));
    }
    return table.toString();
  }

  private static void add(final ObjectNode node, final Reported reported) {
    node.put("label", reported.label());
    node.set("options", JSON.valueToTree(reported.method().options()));
    node.put("average_accuracy", known(reported.averageAccuracy()));
    node.put("forgetting", known(reported.forgetting()));
    node.put("learning_accuracy", known(reported.learningAccuracy()));
    final ArrayNode runs = node.putArray("runs");
    reported
        .outcomes()
        .forEach((seed, outcome) -> add(runs.addObject().put("seed", seed), outcome));
  }

  private static void add(final ArrayNode array, final List<Trial> trials) {
    for (final Trial trial : trials) {
      final ObjectNode node = array.addObject();
      node.set("options", JSON.valueToTree(trial.method().options()));
      add(node, trial.outcome());
    }
  }

  private static void add(final ObjectNode node, final Outcome outcome) {
    node.put("average_accuracy", known(outcome.averageAccuracy()));
    node.put("forgetting", known(outcome.forgetting()));
    node.put("backward_transfer", known(outcome.backwardTransfer()));
    node.put("learning_accuracy", known(outcome.learningAccuracy()));
    node.put("seconds", outcome.seconds());
    final ArrayNode rows = node.putArray("accuracy_matrix");
    for (final List<Double> row : outcome.accuracies()) {
      final ArrayNode cells = rows.addArray();
      row.forEach(accuracy -> cells.add(known(accuracy)));
    }
  }

  private static Double known(final double value) {
    return Double.isFinite(value) ? value : null;
  }

  private static String shown(final double median, final List<Double> each) {
    return shown(median)
        + each.stream().map(ForgettingReport::shown).collect(Collectors.joining(", ", " (", ")"));
  }

  private static String shown(final double value) {
    return Double.isNaN(value) ? "–" : String.format(Locale.ROOT, "%.4f", value);
  }

  private static String join(final List<Long> numbers) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }
}
