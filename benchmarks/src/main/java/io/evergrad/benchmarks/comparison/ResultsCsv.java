/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import io.evergrad.benchmarks.experiment.CurvePoint;
import io.evergrad.benchmarks.experiment.Experiment;
import io.evergrad.benchmarks.experiment.Logged;
import io.evergrad.benchmarks.experiment.Method;
import io.evergrad.benchmarks.experiment.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Every run of a table, and every point of its learning curves, as CSV. */
final class ResultsCsv {
  private static final CsvMapper CSV =
      CsvMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .build();

  private ResultsCsv() {}

  /** A run. */
  @JsonPropertyOrder({"table", "method", "purpose", "settings", "split", "seed"})
  private record Run(
      String table,
      String method,
      String purpose,
      String settings,
      String split,
      long seed,
      String averageAccuracy,
      String forgetting,
      String backwardTransfer,
      String learningAccuracy,
      String averageLoss,
      String lossIncrease,
      String learningLoss,
      String earlyLoss,
      String examplesToTarget,
      String examplesPerSecond,
      String seconds,
      String finalAccuracies,
      String finalLosses,
      String code) {

    static Run of(
        final Table table, final Contender contender, final String purpose, final Logged logged) {
      final Experiment experiment = logged.experiment();
      final Outcome outcome = logged.outcome();
      return new Run(
          table.name(),
          contender.name(),
          purpose,
          new Method(contender.name(), experiment.options()).settings(),
          experiment.split().name().toLowerCase(Locale.ROOT),
          experiment.seed(),
          number(outcome.averageAccuracy()),
          number(outcome.forgetting()),
          number(outcome.backwardTransfer()),
          number(outcome.learningAccuracy()),
          number(outcome.averageLoss()),
          number(outcome.lossIncrease()),
          number(outcome.learningLoss()),
          number(outcome.earlyLoss()),
          number(Figure.EXAMPLES_TO_TARGET.of(outcome)),
          number(outcome.examplesPerSecond()),
          number(outcome.seconds()),
          each(outcome.finalAccuracies()),
          each(outcome.finalLosses()),
          logged.code());
    }

    /** Of each task, at the end. */
    private static String each(final List<Double> tasks) {
      return tasks.stream().map(ResultsCsv::number).collect(Collectors.joining(" "));
    }
  }

  /** A point of a learning curve. */
  @JsonPropertyOrder({"method", "seed", "examples", "accuracy"})
  private record Point(String method, long seed, long examples, String accuracy) {}

  /** A line for each run, those that tuned before those that are reported; empty: not known. */
  static String runs(final TableResult result) {
    final List<Run> runs = new ArrayList<>();
    for (final Row row : result.rows()) {
      for (final Searched search : row.searches()) {
        search
            .tried()
            .forEach(
                tried ->
                    runs.add(Run.of(result.table(), row.contender(), "tuning", tried.logged())));
      }
      row.reported()
          .values()
          .forEach(logged -> runs.add(Run.of(result.table(), row.contender(), "reported", logged)));
    }
    return csv(Run.class, runs);
  }

  /** A line for each point of each reported run. */
  static String curves(final TableResult result) {
    final List<Point> points = new ArrayList<>();
    for (final Row row : result.rows()) {
      row.reported()
          .forEach(
              (seed, logged) -> {
                for (final CurvePoint point : logged.outcome().curve()) {
                  points.add(
                      new Point(
                          row.contender().name(),
                          seed,
                          point.examples(),
                          number(point.accuracy())));
                }
              });
    }
    return csv(Point.class, points);
  }

  private static <T> String csv(final Class<T> type, final List<T> lines) {
    try {
      return CSV.writer(CSV.schemaFor(type).withHeader()).writeValueAsString(lines);
    } catch (final JsonProcessingException e) {
      throw new IllegalStateException("a " + type.getSimpleName() + " is no line of CSV", e);
    }
  }

  private static String number(final double value) {
    return Double.isNaN(value) ? "" : String.format(Locale.ROOT, "%.6g", value);
  }
}
