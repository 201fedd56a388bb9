/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.evergrad.curvature.linalg.Torch;
import io.evergrad.curvature.network.Network;
import io.evergrad.curvature.network.NetworkSpec;
import java.util.SortedMap;

/** A network with fixed parameters that only judges. Not thread-safe; holds native memory. */
public final class Classifier implements AutoCloseable {
  private final Network network;
  private final NDManager manager;
  private final NDList parameters;
  private final FeatureBuffer buffer = new FeatureBuffer();

  /**
   * @throws IllegalArgumentException if a parameter is missing or of another shape, naming it
   */
  public Classifier(final NetworkSpec spec, final SortedMap<String, HostTensor> weights) {
    network = spec.network();
    manager = Torch.newManager();
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

  /**
   * How well it predicts a micro-batch.
   *
   * @throws IllegalArgumentException if the batch's width is not the network's
   */
  public Judgement judge(final MicroBatch batch) {
    return OnlineLearner.judge(network, manager, parameters, buffer, batch);
  }

  @Override
  public void close() {
    manager.close();
  }
}
