/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;

/**
 * Adam (Kingma and Ba 2015, Algorithm 1): m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², θ ← θ − η m̂ /
 * (√v̂ + ε), m̂ and v̂ corrected for their start from zero.
 *
 * <p>Symbols: m, {@code first}; v, {@code second}; β₁, {@link LearnerSettings#momentum()}; β₂ =
 * {@value #SECOND_DECAY}; ε = {@value #EPSILON}.
 */
final class AdamStep implements LayerStep {
  private static final double SECOND_DECAY = 0.999;
  private static final double EPSILON = 1e-8;

  private final int leaf;
  private final double rate;
  private final double momentum;
  private final NDArray first;
  private final NDArray second;

  /**
   * @param rate η
   */
  AdamStep(
      final LearnerSettings settings,
      final double rate,
      final int leaf,
      final NDArray parameter,
      final NDManager manager) {
    this.leaf = leaf;
    this.rate = rate;
    momentum = settings.momentum();
    first = manager.zeros(parameter.getShape());
    second = manager.zeros(parameter.getShape());
  }

  @Override
  public int step(final NDList parameters, final NDList gradient, final long steps) {
    final NDArray g = gradient.get(leaf);
    first.muli(momentum).addi(g.mul(1 - momentum));
    second.muli(SECOND_DECAY).addi(g.square().muli(1 - SECOND_DECAY));
    final double correction = Math.sqrt(1 - Math.pow(SECOND_DECAY, steps));
    final NDArray root = second.sqrt().divi(correction).addi(EPSILON);
    parameters.get(leaf).subi(first.mul(rate / (1 - Math.pow(momentum, steps))).divi(root));
    return 0;
  }

  @Override
  public void forEachAverage(final AverageVisitor visitor) {
    visitor.visit("first." + leaf, first, momentum);
    visitor.visit("second." + leaf, second, SECOND_DECAY);
  }
}
