/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.types.DataType;
import io.evergrad.curvature.blocks.Cost;
import io.evergrad.curvature.blocks.CostModel;
import io.evergrad.curvature.kinds.Range;
import io.evergrad.curvature.network.Layer;
import io.evergrad.curvature.network.Network;

/** What the curvature of {@link LearnerSettings.Rule#SYMMETRY} costs, told from settings alone. */
public final class RuleCost {
  /** Flops of a symmetric spectrum with vectors and the product that makes the root, over m³. */
  private static final double RENEWAL = 11;

  private RuleCost() {}

  /**
   * Flops that each step takes beyond those of a rule without curvature, renewals shared out over
   * their interval: the cost model's for one commutant, and for the two-sided step those of all its
   * products. What remembering a precision takes is left out.
   *
   * @throws IllegalArgumentException for another rule
   */
  public static double flopsPerStep(final LearnerSettings settings) {
    if (settings.rule() != LearnerSettings.Rule.SYMMETRY) {
      throw new IllegalArgumentException("rule " + settings.rule() + " has no cost model");
    }
    final Network network = settings.network().network();
    if (settings.ruleScheme() == LearnerSettings.Scheme.TWO_SIDED) {
      return network.layers().stream().mapToDouble(layer -> twoSided(layer, settings)).sum();
    }
    return Schemes.sections(network, settings.ruleScheme(), settings.blockLimit()).stream()
        .map(section -> new CostModel(section.kinds(), DataType.FLOAT32))
        .map(model -> model.perStep(settings.updateInterval()))
        .mapToDouble(Cost::flops)
        .sum();
  }

  /**
   * Bytes that a learner keeps to work in from step to step, beside its state: room for products
   * next to the two-sided roots. None with another rule or scheme.
   */
  public static long workingBytes(final LearnerSettings settings) {
    if (settings.rule() != LearnerSettings.Rule.SYMMETRY
        || settings.ruleScheme() != LearnerSettings.Scheme.TWO_SIDED) {
      return 0;
    }
    return settings.network().network().layers().stream()
        .mapToLong(
            layer -> LayerRoots.workingBytes(layer, settings.blockLimit(), settings.rootRank()))
        .sum();
  }

  private static double twoSided(final Layer layer, final LearnerSettings settings) {
    return side(layer.columns(), layer.units(), settings)
        + side(layer.units(), layer.columns(), settings)
        + step(layer, settings);
  }

  /**
   * A step's products ({@link TwoSidedStep}): two of W with each root, Y's and the bias's part
   * along V', and what else the bias takes.
   */
  private static double step(final Layer layer, final LearnerSettings settings) {
    double flops = 0;
    for (final Range units : Range.cut(layer.units(), settings.blockLimit())) {
      final double unitRank = LowRankMoment.rank(units.size(), settings.rootRank());
      for (final Range inputs : Range.cut(layer.columns(), settings.blockLimit())) {
        final double inputRank = LowRankMoment.rank(inputs.size(), settings.rootRank());
        final double bias = inputs.end() > layer.inputs() ? 1 : 0;
        final double roots = 4 * (inputs.size() - bias) * (unitRank + inputRank);
        final double along = 4 * unitRank * (inputRank + bias);
        flops += units.size() * (roots + along + 2 * bias * (inputs.size() + inputRank));
      }
    }
    return flops;
  }

  /** Products of G, on an axis that has rows, with a moment's eigenvectors, and renewals. */
  private static double side(final double axis, final double rows, final LearnerSettings settings) {
    return Range.cut((int) axis, settings.blockLimit()).stream()
        .mapToDouble(
            range -> {
              final double n = range.size();
              final double r = LowRankMoment.rank(range.size(), settings.rootRank());
              final double products = 4 * rows * n * r;
              final double renewal = 8 * n * r * r + 2 * RENEWAL * r * r * r;
              return products / settings.momentInterval() + renewal / settings.updateInterval();
            })
        .sum();
  }
}
