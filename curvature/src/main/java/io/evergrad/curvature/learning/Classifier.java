/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.evergrad.curvature.network.Mlp;
import io.evergrad.curvature.network.MlpSpec;
import java.util.SortedMap;

/** A network with fixed parameters that only judges. Not thread-safe; holds native memory. */
public final class Classifier implements AutoCloseable {
  private final Mlp network;
  private final NDManager manager;
  private final NDList parameters;

  /**
   * @throws IllegalArgumentException if a parameter is missing or of another shape, naming it
   */
  public Classifier(final MlpSpec spec, final SortedMap<String, HostTensor> weights) {
    network = new Mlp(spec);
    manager = Engine.getEngine("PyTorch").newBaseManager();
    parameters = network.initialise(manager, 0);
    try {
      for (int i = 0; i < parameters.size(); i++) {
        TensorCopies.restore(parameters.get(i), weights, network.leaves().get(i).name());
      }
    } catch (final RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  /** How many examples of a micro-batch are classified rightly. */
  public int correct(final MicroBatch batch) {
    return OnlineLearner.correct(network, manager, parameters, batch);
  }

  @Override
  public void close() {
    manager.close();
  }
}
