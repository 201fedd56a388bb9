/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import io.evergrad.curvature.network.MlpSpec;
import java.util.SortedMap;

/** A network with fixed parameters that only judges. Not thread-safe; holds native memory. */
public final class Classifier implements AutoCloseable {

  /**
   * @throws IllegalArgumentException if a parameter is missing, unexpected or of another shape
   */
  public Classifier(final MlpSpec network, final SortedMap<String, HostTensor> parameters) {
    throw new UnsupportedOperationException("under construction");
  }

  /** How many examples of a micro-batch are classified rightly. */
  public int correct(final MicroBatch batch) {
    throw new UnsupportedOperationException("under construction");
  }

  @Override
  public void close() {}
}
