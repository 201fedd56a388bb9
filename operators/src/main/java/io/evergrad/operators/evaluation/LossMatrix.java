/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.evaluation;

import io.evergrad.operators.metrics.Evaluation;
import java.util.List;

/**
 * The losses of an {@link AccuracyMatrix}: mean cross-entropy of a prediction, in nats. The rows
 * and columns are the same. Not thread-safe.
 *
 * <p>Losses that are not known, or not finite, are left out of every mean.
 */
public final class LossMatrix {
  private final EvaluationTable table;

  LossMatrix(final EvaluationTable table) {
    this.table = table;
  }

  /** The tasks learned, in the order in which they first ended: the columns. */
  public List<String> tasks() {
    return table.tasks();
  }

  /** For each row, the task that had just ended. */
  public List<String> rows() {
    return table.rows();
  }

  /** Losses, rows by columns; NaN where not known. */
  public double[][] values() {
    return table.values(Evaluation::loss);
  }

  /** Mean of the last row; NaN while there is none. */
  public double averageLoss() {
    return table.average(Evaluation::loss);
  }

  /**
   * Mean, over all tasks learned but the latest, of the loss in the last row minus the lowest in
   * earlier rows; 0 while there are no earlier tasks.
   */
  public double forgetting() {
    return table.forgetting(evaluation -> -evaluation.loss());
  }

  /** Mean of the diagonal: each task's loss when it was just learned; NaN while none was. */
  public double learningLoss() {
    return table.justLearned(Evaluation::loss);
  }
}
