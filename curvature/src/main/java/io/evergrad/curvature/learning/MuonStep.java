/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.evergrad.curvature.network.Layer;

/**
 * Muon (Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks"): momentum,
 * then orthogonalised. For a weight's gradient G of u × n: M ← βM + (1 − β)G, N = βM + (1 − β)G
 * (Nesterov), W ← W − η √max(1, u/n) NS₅(N).
 *
 * <p>NS₅ is five Newton–Schulz iterations X ← aX + (bXXᵀ + c(XXᵀ)²)X from X = N / ‖N‖_F, on the
 * side that is shorter; with the published coefficients it takes singular values to about 0.7 to
 * 1.2. The reference computes it in bfloat16, this in float32.
 *
 * <p>Symbols: M, {@code momentum}; β, {@link LearnerSettings#momentum()}.
 */
final class MuonStep implements LayerStep {
  private static final int ITERATIONS = 5;
  private static final double A = 3.4445;
  private static final double B = -4.7750;
  private static final double C = 2.0315;
  private static final double FLOOR = 1e-7;

  private final Layer layer;
  private final double rate;
  private final double decay;
  private final NDArray momentum;

  MuonStep(final LearnerSettings settings, final Layer layer, final NDManager manager) {
    this.layer = layer;
    rate =
        settings.learningRate() * Math.sqrt(Math.max(1, (double) layer.units() / layer.inputs()));
    decay = settings.momentum();
    momentum = manager.zeros(layer.shape());
  }

  @Override
  public int step(final NDList parameters, final NDList gradient, final long steps) {
    final NDArray g = gradient.get(layer.weight()).reshape(layer.shape()).mul(1 - decay);
    momentum.muli(decay).addi(g);
    final NDArray direction = orthogonalised(momentum.mul(decay).addi(g));
    parameters.get(layer.weight()).reshape(layer.shape()).subi(direction.mul(rate));
    return 0;
  }

  private static NDArray orthogonalised(final NDArray n) {
    final boolean tall = n.getShape().get(0) > n.getShape().get(1);
    final NDArray wide = tall ? n.transpose() : n;
    NDArray x = wide.div(wide.square().sum().sqrt().add(FLOOR));
    for (int i = 0; i < ITERATIONS; i++) {
      final NDArray gram = x.matMul(x.transpose());
      final NDArray polynomial = gram.mul(B).addi(gram.matMul(gram).muli(C));
      x = x.mul(A).addi(polynomial.matMul(x));
    }
    return tall ? x.transpose() : x;
  }

  @Override
  public void forEachAverage(final AverageVisitor visitor) {
    // Not corrected for its start: the orthogonalised step does not depend on its length.
    visitor.visit("momentum." + layer.weight(), momentum, 0);
  }
}
