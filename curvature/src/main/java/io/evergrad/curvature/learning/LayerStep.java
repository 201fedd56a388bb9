/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.evergrad.curvature.network.ExampleGradients;
import java.util.function.BiConsumer;

/**
 * One part of a {@link LayerwiseRule}: moves a layer, or one tensor. Lists are one array a leaf of
 * the whole network. Holds native state on the manager that it was made with; names of its arrays
 * end in a leaf of its own, so that they are its own in the whole rule.
 */
interface LayerStep {

  /**
   * Moves its tensors in place.
   *
   * @param gradient mean gradient of the micro-batch
   * @param steps gradients that it has been given, this one included
   * @return how often damping had to grow before a curvature's power was finite
   */
  int step(NDList parameters, NDList gradient, long steps);

  /** Takes a sample of the Fisher: gradients of labels drawn from the model. */
  default void observe(final ExampleGradients sampled) {}

  /** Computes anew what is only renewed every few steps, of which there has been at least one. */
  default void renew(final long steps) {}

  /** Visits its moving averages. */
  void forEachAverage(AverageVisitor visitor);

  /** Visits the arrays that it holds beside the averages, by name. */
  default void forEachDerived(final BiConsumer<String, NDArray> action) {}
}
