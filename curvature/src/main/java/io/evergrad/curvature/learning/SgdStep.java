/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;

/**
 * Stochastic gradient descent with momentum (Polyak 1964): v ← βv + g, θ ← θ − ηv.
 *
 * <p>Symbols: v, {@code velocity}; β, {@link LearnerSettings#momentum()}.
 */
final class SgdStep implements LayerStep {
  private final int leaf;
  private final double rate;
  private final double momentum;
  private final NDArray velocity;

  SgdStep(
      final LearnerSettings settings,
      final int leaf,
      final NDArray parameter,
      final NDManager manager) {
    this.leaf = leaf;
    rate = settings.learningRate();
    momentum = settings.momentum();
    velocity = manager.zeros(parameter.getShape());
  }

  @Override
  public int step(final NDList parameters, final NDList gradient, final long steps) {
    velocity.muli(momentum).addi(gradient.get(leaf));
    parameters.get(leaf).subi(velocity.mul(rate));
    return 0;
  }

  @Override
  public void forEachAverage(final AverageVisitor visitor) {
    visitor.visit("first." + leaf, velocity, 0);
  }
}
