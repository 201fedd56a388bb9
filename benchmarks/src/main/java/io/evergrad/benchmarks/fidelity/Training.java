/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.evergrad.curvature.network.Network;
import java.util.SplittableRandom;

/** Training by Adam (Kingma and Ba 2015) in float64, to have something to measure. Mutable. */
final class Training {
  private static final int BATCH = 64;
  private static final double RATE = 5e-3;
  private static final double MOMENTUM = 0.9;
  private static final double DECAY = 0.999;
  private static final double EPSILON = 1e-8;

  private final NDManager manager;
  private final Network network;
  private final Source source;
  private final SplittableRandom random;
  private final NDList parameters = new NDList();
  private final NDList means = new NDList();
  private final NDList squares = new NDList();
  private int step;

  /**
   * A network before its first step.
   *
   * @param manager gets the parameters
   * @param seed of the initial parameters and of the batches
   */
  Training(final NDManager manager, final Network network, final Source source, final long seed) {
    this.manager = manager;
    this.network = network;
    this.source = source;
    random = new SplittableRandom(seed);
    for (final NDArray leaf : network.initialise(manager, seed)) {
      final NDArray wide = leaf.toType(DataType.FLOAT64, true);
      parameters.add(wide);
      means.add(wide.zerosLike());
      squares.add(wide.zerosLike());
    }
  }

  /** θ, which further steps change. */
  NDList parameters() {
    return parameters;
  }

  /** Trains up to that step. */
  void advance(final int last) {
    while (step < last) {
      try (NDManager scope = manager.newSubManager()) {
        final Model model = Model.of(scope, network, parameters, source.draw(random, BATCH));
        update(model.gradients().mean());
      }
    }
  }

  private void update(final NDList gradient) {
    step++;
    final double scale = RATE / (1 - Math.pow(MOMENTUM, step));
    final double correction = 1 / (1 - Math.pow(DECAY, step));
    for (int i = 0; i < parameters.size(); i++) {
      final NDArray g = gradient.get(i);
      final NDArray mean = means.get(i).muli(MOMENTUM).addi(g.mul(1 - MOMENTUM));
      final NDArray square = squares.get(i).muli(DECAY).addi(g.square().mul(1 - DECAY));
      // Begins on the gradient's manager, so that what is in between goes with it.
      final NDArray size = g.mul(0).add(square).mul(correction).sqrt().add(EPSILON);
      parameters.get(i).subi(g.mul(0).add(mean).mul(scale).div(size));
    }
  }
}
