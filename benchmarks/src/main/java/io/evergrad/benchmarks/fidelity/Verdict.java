/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Whether a choice of ours is closer to the Fisher than what is known from elsewhere, at equal or
 * smaller memory, in one family. All are estimated from the same exact expectation over labels.
 *
 * <p>Ours is one choice for all stages: that of the least error, as a mean of the stages' medians.
 * The two-sided form does not count as ours, as Shampoo with exponents −1/2 estimates the same; it
 * counts as Shampoo. Of K-FAC's and of Shampoo's variants the better one counts, at each stage
 * anew.
 *
 * @param ours the choice
 * @param bytes what ours keeps
 * @param allowed what the baselines keep
 * @param stages a line for each stage
 */
record Verdict(Family family, String ours, double bytes, double allowed, List<Line> stages) {
  private static final List<String> KFAC = List.of(Choice.KFAC_EXPAND, Choice.KFAC_REDUCE);
  private static final List<String> SHAMPOO = List.of(Choice.SHAMPOO, Choice.TWO_SIDED);

  /**
   * Figures at one stage: relative error, that with the best scalar, and that of the damped step.
   */
  record Line(Stage stage, Figures ours, Figures kfac, Figures shampoo) {
    /** Whether ours is closest to the Fisher, as it is and scaled. */
    boolean closer() {
      return ours.closerThan(kfac) && ours.closerThan(shampoo);
    }

    /** Whether the step by ours is closest. */
    boolean closerStep() {
      return ours.step() < Math.min(kfac.step(), shampoo.step());
    }
  }

  /** Medians over seeds. */
  record Figures(double error, double scaledError, double step) {
    private boolean closerThan(final Figures other) {
      return error < other.error && scaledError < other.scaledError;
    }
  }

  /** Copies the list. */
  Verdict {
    stages = List.copyOf(stages);
  }

  /** For one family. */
  static Verdict of(final FidelityResult result, final Family family) {
    final double allowed = bytes(result, family, Choice.KFAC_EXPAND);
    final String ours =
        result.choices(family, Estimator.FISHER).stream()
            .filter(name -> result.any(family, Estimator.FISHER, name).side() == Side.OURS)
            .filter(name -> !SHAMPOO.contains(name))
            .filter(name -> bytes(result, family, name) <= allowed)
            .min(Comparator.comparingDouble(name -> meanError(result, family, name)))
            .orElseThrow();
    final List<Line> lines =
        Arrays.stream(Stage.values())
            .map(
                stage ->
                    new Line(
                        stage,
                        best(result, family, stage, List.of(ours)),
                        best(result, family, stage, KFAC),
                        best(result, family, stage, SHAMPOO)))
            .toList();
    return new Verdict(family, ours, bytes(result, family, ours), allowed, lines);
  }

  private static double bytes(
      final FidelityResult result, final Family family, final String choice) {
    return Arrays.stream(Stage.values())
        .mapToDouble(
            stage -> result.median(family, stage, Estimator.FISHER, choice, Measurement::bytes))
        .max()
        .orElseThrow();
  }

  private static double meanError(
      final FidelityResult result, final Family family, final String choice) {
    return Arrays.stream(Stage.values())
        .mapToDouble(
            stage ->
                result.median(family, stage, Estimator.FISHER, choice, m -> m.fisher().error()))
        .average()
        .orElseThrow();
  }

  private static Figures best(
      final FidelityResult result,
      final Family family,
      final Stage stage,
      final List<String> choices) {
    return new Figures(
        least(result, family, stage, choices, m -> m.fisher().error()),
        least(result, family, stage, choices, m -> m.fisher().scaledError()),
        least(result, family, stage, choices, m -> m.step().error()));
  }

  private static double least(
      final FidelityResult result,
      final Family family,
      final Stage stage,
      final List<String> choices,
      final ToDoubleFunction<Measurement> figure) {
    return choices.stream()
        .mapToDouble(name -> result.median(family, stage, Estimator.FISHER, name, figure))
        .min()
        .orElseThrow();
  }

  /** Whether ours is closer to the Fisher than all baselines at every stage. */
  boolean closer() {
    return stages.stream().allMatch(Line::closer);
  }

  /** Whether its step is, too. */
  boolean closerStep() {
    return stages.stream().allMatch(Line::closerStep);
  }
}
