/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.evaluation;

import io.evergrad.operators.metrics.Evaluation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * What a model could do after each task: one row for each end of a task, one column for each task
 * learned, in the order in which they first ended. Its state is its {@link #evaluations()}. Not
 * thread-safe.
 *
 * <p>Tasks without held-out examples are left out of every mean.
 */
public final class AccuracyMatrix {
  private final NavigableMap<Long, Row> rows = new TreeMap<>();

  private record Row(String afterTask, NavigableMap<String, Evaluation> byTask) {
    double accuracy(final String task) {
      final Evaluation evaluation = byTask.get(task);
      return evaluation == null ? Double.NaN : evaluation.accuracy();
    }
  }

  /** The matrix of some evaluations, in any order. */
  public static AccuracyMatrix of(final Collection<Evaluation> evaluations) {
    final AccuracyMatrix matrix = new AccuracyMatrix();
    evaluations.forEach(matrix::add);
    return matrix;
  }

  /** Adds an evaluation; one of the same task after as many tasks is replaced. */
  public void add(final Evaluation evaluation) {
    rows.computeIfAbsent(
            evaluation.afterTasks(), n -> new Row(evaluation.afterTask(), new TreeMap<>()))
        .byTask()
        .put(evaluation.task(), evaluation);
  }

  /** All evaluations, by row, then by task's id: what {@link #of} takes. */
  public List<Evaluation> evaluations() {
    final List<Evaluation> all = new ArrayList<>();
    rows.values().forEach(row -> all.addAll(row.byTask().values()));
    return all;
  }

  /** The tasks learned, in the order in which they first ended: the columns. */
  public List<String> tasks() {
    return List.copyOf(learned());
  }

  /** For each row, the task that had just ended. */
  public List<String> rows() {
    return rows.values().stream().map(Row::afterTask).toList();
  }

  /** Accuracies in [0, 1], rows by columns; NaN where there were no held-out examples. */
  public double[][] values() {
    final List<String> tasks = tasks();
    return rows.values().stream()
        .map(row -> tasks.stream().mapToDouble(row::accuracy).toArray())
        .toArray(double[][]::new);
  }

  /** Mean of the last row; NaN while there is none. */
  public double averageAccuracy() {
    return rows.isEmpty() ? Double.NaN : mean(learned(), last()::accuracy, Double.NaN);
  }

  /**
   * Mean, over all tasks learned but the latest, of the best accuracy in earlier rows minus the one
   * in the last row; 0 while there are no earlier tasks.
   */
  public double forgetting() {
    return mean(earlier(), task -> best(task) - last().accuracy(task), 0);
  }

  /**
   * Mean, over all tasks learned but the latest, of the accuracy in the last row minus the one when
   * the task was just learned; 0 while there are no earlier tasks.
   */
  public double backwardTransfer() {
    return mean(earlier(), task -> last().accuracy(task) - justLearned(task), 0);
  }

  /** Mean of the diagonal: each task's accuracy when it was just learned; NaN while none was. */
  public double learningAccuracy() {
    return mean(learned(), this::justLearned, Double.NaN);
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

  private double best(final String task) {
    return rows.headMap(rows.lastKey(), false).values().stream()
        .mapToDouble(row -> row.accuracy(task))
        .filter(accuracy -> !Double.isNaN(accuracy))
        .max()
        .orElse(Double.NaN);
  }

  private double justLearned(final String task) {
    for (final Row row : rows.values()) {
      if (row.afterTask().equals(task)) {
        return row.accuracy(task);
      }
    }
    return Double.NaN;
  }

  private static double mean(
      final Set<String> tasks, final ToDoubleFunction<String> value, final double ofNone) {
    return tasks.stream().mapToDouble(value).filter(v -> !Double.isNaN(v)).average().orElse(ofNone);
  }
}
