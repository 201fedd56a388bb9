/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.evaluation;

import io.evergrad.operators.metrics.Evaluation;
import java.util.Collection;
import java.util.List;

/**
 * What a model could do after each task: one row for each end of a task, one column for each task
 * learned, in the order in which they first ended. Its state is its {@link #evaluations()}. Not
 * thread-safe.
 *
 * <p>Tasks without held-out examples are left out of every mean.
 */
public final class AccuracyMatrix {
  private final EvaluationTable table = new EvaluationTable();

  /** The matrix of some evaluations, in any order. */
  public static AccuracyMatrix of(final Collection<Evaluation> evaluations) {
    final AccuracyMatrix matrix = new AccuracyMatrix();
    evaluations.forEach(matrix::add);
    return matrix;
  }

  /** Adds an evaluation; one of the same task after as many tasks is replaced. */
  public void add(final Evaluation evaluation) {
    table.add(evaluation);
  }

  /** All evaluations, by row, then by task's id: what {@link #of} takes. */
  public List<Evaluation> evaluations() {
    return table.evaluations();
  }

  /** The losses of the same evaluations; it sees those that are added. */
  public LossMatrix losses() {
    return new LossMatrix(table);
  }

  /** The tasks learned, in the order in which they first ended: the columns. */
  public List<String> tasks() {
    return table.tasks();
  }

  /** For each row, the task that had just ended. */
  public List<String> rows() {
    return table.rows();
  }

  /** Accuracies in [0, 1], rows by columns; NaN where there were no held-out examples. */
  public double[][] values() {
    return table.values(Evaluation::accuracy);
  }

  /** Mean of the last row; NaN while there is none. */
  public double averageAccuracy() {
    return table.average(Evaluation::accuracy);
  }

  /**
   * Mean, over all tasks learned but the latest, of the best accuracy in earlier rows minus the one
   * in the last row; 0 while there are no earlier tasks.
   */
  public double forgetting() {
    return table.forgetting(Evaluation::accuracy);
  }

  /**
   * Mean, over all tasks learned but the latest, of the accuracy in the last row minus the one when
   * the task was just learned; 0 while there are no earlier tasks.
   */
  public double backwardTransfer() {
    return table.backwardTransfer(Evaluation::accuracy);
  }

  /** Mean of the diagonal: each task's accuracy when it was just learned; NaN while none was. */
  public double learningAccuracy() {
    return table.justLearned(Evaluation::accuracy);
  }
}
