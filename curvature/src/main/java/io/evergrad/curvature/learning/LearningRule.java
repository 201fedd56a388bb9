/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDList;
import io.evergrad.curvature.network.ExampleGradients;
import java.util.Map;
import java.util.SortedMap;

/** Turns gradients into steps. Holds native state on the manager that it was made with. */
interface LearningRule {

  /**
   * Moves the parameters that it was made with, in place.
   *
   * @param gradient mean gradient of the micro-batch, one array a leaf; may be overwritten
   * @param loss mean loss of the examples that the gradient is of, in nats; more if they are fewer
   *     than a micro-batch, as the mean of fewer gradients is longer
   * @param taskSteps steps taken in this task before this one
   * @return how often damping had to grow before a curvature's power was finite
   */
  int step(NDList gradient, double loss, long taskSteps);

  /** Whether its step begins with the weight decay; if not, the parameters are decayed before. */
  default boolean decays() {
    return false;
  }

  /** Whether it wants Fisher samples. */
  default boolean samples() {
    return false;
  }

  /** Takes a sample of the Fisher: gradients of labels drawn from the model. */
  default void observe(final ExampleGradients sampled) {}

  /** Every array that it holds: a step borrows them into its own scope. */
  NDList arrays();

  /** The state by name. */
  SortedMap<String, HostTensor> state();

  /** Its moving averages, each corrected for its start from zero. */
  Averages averages();

  /**
   * Goes on from other averages, as if their gradients had been its own; does nothing if they stand
   * on none.
   */
  void adopt(Averages averages);

  /** Computes anew what is only renewed every few steps. */
  void renew();

  /** Goes on from a state; names a tensor that does not fit in its exception. */
  void restore(Map<String, HostTensor> state);
}
