/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.report;

import io.evergrad.operators.evaluation.AccuracyMatrix;
import io.evergrad.operators.metrics.Progress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * All that a report tells of a run. Not thread-safe, as its matrix is not.
 *
 * @param matrix the accuracies, with at least one row
 * @param progress how learning went, in order; may be empty
 * @param examples examples learned
 * @param examplesPerSecond by the wall clock; NaN where not measured
 * @param seed of all that was drawn
 * @param learner the learner's name, such as {@code symmetry}
 * @param protection the protection's name, such as {@code ewc}
 * @param modelVersion the last version published, if any was
 * @param settings further settings by name, in the order to show them
 */
public record RunSummary(
    AccuracyMatrix matrix,
    List<Progress> progress,
    long examples,
    double examplesPerSecond,
    long seed,
    String learner,
    String protection,
    OptionalLong modelVersion,
    Map<String, String> settings) {

  /**
   * @throws IllegalArgumentException if the matrix has no row
   */
  public RunSummary {
    Objects.requireNonNull(matrix, "matrix");
    Objects.requireNonNull(learner, "learner");
    Objects.requireNonNull(protection, "protection");
    Objects.requireNonNull(modelVersion, "modelVersion");
    if (matrix.rows().isEmpty()) {
      throw new IllegalArgumentException(
          "no task was evaluated: expected held-out examples, and a task that ended");
    }
    progress = List.copyOf(new ArrayList<>(progress));
    settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
  }
}
