/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.evaluation;

import io.evergrad.operators.metrics.Evaluation;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * Evaluations in rows, one for each end of a task, and columns, one for each task learned, in the
 * order in which they first ended; and means of a measure of them, of which more is better. Tasks
 * of which the measure is NaN are left out of every mean. Not thread-safe.
 */
final class EvaluationTable {
  private final NavigableMap<Long, Row> rows = new TreeMap<>();

  private record Row(String afterTask, NavigableMap<String, Evaluation> byTask) {
    double of(final ToDoubleFunction<Evaluation> measure, final String task) {
      final Evaluation evaluation = byTask.get(task);
      return evaluation == null ? Double.NaN : measure.applyAsDouble(evaluation);
    }
  }

  /** Adds an evaluation; one of the same task after as many tasks is replaced. */
  void add(final Evaluation evaluation) {
    rows.computeIfAbsent(
            evaluation.afterTasks(), n -> new Row(evaluation.afterTask(), new TreeMap<>()))
        .byTask()
        .put(evaluation.task(), evaluation);
  }

  /** By row, then by task's id. */
  List<Evaluation> evaluations() {
    final List<Evaluation> all = new ArrayList<>();
    rows.values().forEach(row -> all.addAll(row.byTask().values()));
    return all;
  }

  /** The columns. */
  List<String> tasks() {
    return List.copyOf(learned());
  }

  /** For each row, the task that had just ended. */
  List<String> rows() {
    return rows.values().stream().map(Row::afterTask).toList();
  }

  /** Rows by columns; NaN where there is no evaluation. */
  double[][] values(final ToDoubleFunction<Evaluation> measure) {
    final List<String> tasks = tasks();
    return rows.values().stream()
        .map(row -> tasks.stream().mapToDouble(task -> row.of(measure, task)).toArray())
        .toArray(double[][]::new);
  }

  /** Mean of the last row; NaN while there is none. */
  double average(final ToDoubleFunction<Evaluation> measure) {
    return rows.isEmpty()
        ? Double.NaN
        : mean(learned(), task -> last().of(measure, task), Double.NaN);
  }

  /**
   * Mean, over all tasks learned but the latest, of the best in earlier rows minus the last row; 0
   * while there are no earlier tasks.
   */
  double forgetting(final ToDoubleFunction<Evaluation> measure) {
    return mean(earlier(), task -> best(measure, task) - last().of(measure, task), 0);
  }

  /**
   * Mean, over all tasks learned but the latest, of the last row minus the row when the task was
   * just learned; 0 while there are no earlier tasks.
   */
  double backwardTransfer(final ToDoubleFunction<Evaluation> measure) {
    return mean(earlier(), task -> last().of(measure, task) - justLearned(measure, task), 0);
  }

  /** Mean of each task when it was just learned; NaN while none was. */
  double justLearned(final ToDoubleFunction<Evaluation> measure) {
    return mean(learned(), task -> justLearned(measure, task), Double.NaN);
  }

  private Row last() {
    return rows.lastEntry().getValue();
  }

  private Set<String> learned() {
    final Set<String> tasks = new LinkedHashSet<>();
    rows.values().forEach(row -> tasks.add(row.afterTask()));
    return tasks;
  }

  private Set<String> earlier() {
    final Set<String> tasks = learned();
    if (!rows.isEmpty()) {
      tasks.remove(last().afterTask());
    }
    return tasks;
  }

  private double best(final ToDoubleFunction<Evaluation> measure, final String task) {
    return rows.headMap(rows.lastKey(), false).values().stream()
        .mapToDouble(row -> row.of(measure, task))
        .filter(value -> !Double.isNaN(value))
        .max()
        .orElse(Double.NaN);
  }

  private double justLearned(final ToDoubleFunction<Evaluation> measure, final String task) {
    for (final Row row : rows.values()) {
      if (row.afterTask().equals(task)) {
        return row.of(measure, task);
      }
    }
    return Double.NaN;
  }

  private static double mean(
      final Set<String> tasks, final ToDoubleFunction<String> value, final double ofNone) {
    return tasks.stream().mapToDouble(value).filter(v -> !Double.isNaN(v)).average().orElse(ofNone);
  }
}
