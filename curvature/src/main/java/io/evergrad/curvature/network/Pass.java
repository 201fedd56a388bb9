/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;

/** A forward pass, from which derivatives can be propagated back, more than once. */
public interface Pass {

  /** (B · predictions) × classes; all predictions of one example are consecutive. */
  NDArray logits();

  /**
   * Propagates a derivative back, with the parameters of the forward pass.
   *
   * @param logitDerivative of each prediction's loss by its logits, in the logits' shape
   * @return gradients of each example's loss, the sum over its predictions
   */
  ExampleGradients backward(NDArray logitDerivative);

  /**
   * The mean over predictions of what {@link #backward} gives, where no gradient of a single
   * example is needed.
   *
   * @return one array a leaf
   */
  default NDList meanGradient(final NDArray logitDerivative) {
    return backward(logitDerivative).mean();
  }
}
