/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.report;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evergrad.operators.evaluation.AccuracyMatrix;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.DoubleFunction;

/** What a run has learned and what it has forgotten: files, JSON, or text for a terminal. */
public final class ForgettingReport {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final RunSummary run;

  /** A report of a run. */
  public ForgettingReport(final RunSummary run) {
    this.run = Objects.requireNonNull(run, "run");
  }

  /**
   * Writes {@code report.html}, {@code accuracy-matrix.png}, {@code accuracy-matrix.csv}, {@code
   * loss-matrix.csv} and {@code metrics.json}. Each file appears whole, in the place of one of that
   * name.
   *
   * @param directory made if it is missing
   * @throws IOException if a file cannot be written
   */
  public void write(final Path directory) throws IOException {
    Files.createDirectories(directory);
    final byte[] matrix = MatrixChart.png(run.matrix());
    publish(directory, "accuracy-matrix.png", matrix);
    publish(directory, "accuracy-matrix.csv", csv().getBytes(StandardCharsets.UTF_8));
    publish(directory, "loss-matrix.csv", lossCsv().getBytes(StandardCharsets.UTF_8));
    publish(directory, "metrics.json", (json() + "\n").getBytes(StandardCharsets.UTF_8));
    publish(
        directory, "report.html", new HtmlPage(run).html(matrix).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The figures as one JSON object: {@code average_accuracy}, {@code forgetting}, {@code
   * backward_transfer}, {@code learning_accuracy}, {@code accuracy_matrix} (rows of accuracies in
   * [0, 1]), {@code average_loss}, {@code loss_forgetting}, {@code learning_loss}, {@code
   * loss_matrix} (the same of losses in nats), {@code examples}, {@code examples_per_second},
   * {@code seed}, {@code learner}, {@code protection}, {@code model_version}. What is not known is
   * null.
   */
  public String json() {
    final AccuracyMatrix matrix = run.matrix();
    final ObjectNode json = JSON.createObjectNode();
    json.put("average_accuracy", known(matrix.averageAccuracy()));
    json.put("forgetting", known(matrix.forgetting()));
    json.put("backward_transfer", known(matrix.backwardTransfer()));
    json.put("learning_accuracy", known(matrix.learningAccuracy()));
    put(json.putArray("accuracy_matrix"), matrix.values());
    json.put("average_loss", known(matrix.losses().averageLoss()));
    json.put("loss_forgetting", known(matrix.losses().forgetting()));
    json.put("learning_loss", known(matrix.losses().learningLoss()));
    put(json.putArray("loss_matrix"), matrix.losses().values());
    json.put("examples", run.examples());
    json.put("examples_per_second", known(run.examplesPerSecond()));
    json.put("seed", run.seed());
    json.put("learner", run.learner());
    json.put("protection", run.protection());
    json.put(
        "model_version", run.modelVersion().isPresent() ? run.modelVersion().getAsLong() : null);
    return json.toPrettyString();
  }

  private static void put(final ArrayNode rows, final double[][] values) {
    for (final double[] row : values) {
      final ArrayNode cells = rows.addArray();
      for (final double value : row) {
        cells.add(known(value));
      }
    }
  }

  /**
   * The matrix as CSV (RFC 4180): a header of task ids, then for each row the task that had just
   * ended and the accuracies in [0, 1]; empty where not known.
   */
  public String csv() {
    return csv(run.matrix().values());
  }

  /** The same of the losses, in nats. */
  public String lossCsv() {
    return csv(run.matrix().losses().values());
  }

  private String csv(final double[][] values) {
    final StringBuilder csv = new StringBuilder("after_task");
    run.matrix().tasks().forEach(task -> csv.append(',').append(quoted(task)));
    csv.append('\n');
    final List<String> rows = run.matrix().rows();
    for (int row = 0; row < values.length; row++) {
      csv.append(quoted(rows.get(row)));
      for (final double value : values[row]) {
        csv.append(',').append(Double.isNaN(value) ? "" : Double.toString(value));
      }
      csv.append('\n');
    }
    return csv.toString();
  }

  /** The accuracies in percent, the losses in nats, and the figures, for a terminal. */
  public String text() {
    final AccuracyMatrix matrix = run.matrix();
    final StringBuilder text = new StringBuilder("Accuracy on held-out examples (%)\n\n");
    table(text, matrix.values(), accuracy -> format("%.1f", 100 * accuracy));
    text.append("\nLoss on held-out examples (nats)\n\n");
    table(text, matrix.losses().values(), loss -> format("%.3f", loss));
    text.append('\n');
    for (final Figure figure : Figure.of(matrix)) {
      text.append(left(figure.name(), 20)).append(right(figure.shown(), 8)).append('\n');
    }
    return text.toString();
  }

  private void table(
      final StringBuilder text, final double[][] values, final DoubleFunction<String> shown) {
    final List<String> tasks = run.matrix().tasks();
    final List<String> rows = run.matrix().rows();
    final int width = Math.max(6, longest(tasks));
    final int label = Math.max("after".length(), longest(rows));
    text.append(left("after", label));
    tasks.forEach(task -> text.append("  ").append(right(task, width)));
    text.append('\n');
    for (int row = 0; row < values.length; row++) {
      text.append(left(rows.get(row), label));
      for (final double value : values[row]) {
        text.append("  ").append(right(Double.isNaN(value) ? "–" : shown.apply(value), width));
      }
      text.append('\n');
    }
  }

  private static Double known(final double value) {
    return Double.isFinite(value) ? value : null;
  }

  private static void publish(final Path directory, final String name, final byte[] content)
      throws IOException {
    final Path staged = directory.resolve("." + name + ".tmp");
    try {
      Files.write(staged, content);
      Files.move(
          staged,
          directory.resolve(name),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(staged);
    }
  }

  private static String quoted(final String text) {
    return text.matches("(?s).*[\",\\r\\n].*") ? '"' + text.replace("\"", "\"\"") + '"' : text;
  }

  private static int longest(final List<String> texts) {
    return texts.stream().mapToInt(String::length).max().orElse(0);
  }

  private static String left(final String text, final int width) {
    return text + " ".repeat(Math.max(0, width - text.length()));
  }

  private static String right(final String text, final int width) {
    return " ".repeat(Math.max(0, width - text.length())) + text;
  }

  private static String format(final String pattern, final Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
