/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

import io.evergrad.benchmarks.experiment.CurvePoint;
import io.evergrad.benchmarks.experiment.Experiment;
import io.evergrad.benchmarks.experiment.Logged;
import io.evergrad.benchmarks.experiment.Outcome;
import java.util.List;

/** Outcomes that nothing was trained for. */
final class Outcomes {
  private Outcomes() {}

  /** An accuracy after one task, and a curve that is at the target when it is there. */
  static Outcome of(final double accuracy, final double forgetting, final double reached) {
    return new Outcome(
        accuracy,
        forgetting,
        -forgetting,
        accuracy + forgetting,
        1 - accuracy,
        1 - accuracy,
        0,
        1 - accuracy,
        List.of(accuracy),
        List.of(1 - accuracy),
        List.of(new CurvePoint((long) reached - 1, 0.5), new CurvePoint((long) reached, accuracy)),
        20,
        3_000,
        36);
  }

  static Logged logged(final Experiment experiment, final Outcome outcome) {
    return new Logged(experiment, "data", "code", "a machine", outcome);
  }
}
