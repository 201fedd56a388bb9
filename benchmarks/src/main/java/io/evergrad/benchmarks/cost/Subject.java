/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cost;

import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.curvature.learning.LearnerSettings.Rule;
import io.evergrad.curvature.learning.RuleCost;
import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.MlpSpec;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Whose steps are timed: an MLP inputs-width-width-classes.
 *
 * @param width units of each of the two hidden layers
 * @param batch examples in a step
 */
public record Subject(Rule rule, Protection protection, int width, int batch) {
  /** Steps that are timed together. */
  static final int SLICE = 16;

  /** For tables. */
  public String label() {
    return (protection == Protection.NONE ? rule.name() : rule + "+" + protection)
        .toLowerCase(Locale.ROOT);
  }

  /** Settings at their defaults, for examples of that many inputs and classes. */
  LearnerSettings settings(final int inputs, final int classes) {
    return LearnerSettings.builder(
            new MlpSpec(inputs, List.of(width, width), classes, Activation.RELU))
        .rule(rule)
        .protection(protection)
        .batchSize(batch)
        .build();
  }

  /** Flops a step that the cost model announces; NaN where there is no model. */
  static double announcedFlops(final LearnerSettings settings) {
    return settings.rule() == Rule.SYMMETRY ? RuleCost.flopsPerStep(settings) : Double.NaN;
  }

  /** Whether others are compared with it. */
  boolean reference() {
    return rule == Rule.ADAMW && protection == Protection.NONE;
  }

  /**
   * Steps until everything that is done every few steps was done as often as it is on average: a
   * number of slices.
   */
  static int period(final LearnerSettings settings) {
    return IntStream.of(
            SLICE,
            settings.updateInterval(),
            settings.momentInterval(),
            settings.fisherInterval(),
            settings.pullInterval())
        .reduce(1, (a, b) -> a / gcd(a, b) * b);
  }

  private static int gcd(final int a, final int b) {
    return b == 0 ? a : gcd(b, a % b);
  }
}
