/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import ai.djl.ndarray.NDArray;

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
}
