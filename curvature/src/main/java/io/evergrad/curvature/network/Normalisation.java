/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import ai.djl.ndarray.NDArray;

/** What is done to each place's activations before a layer. */
public enum Normalisation {
  /** Mean 0 and variance 1 (Ba et al. 2016), then a gain and a shift. */
  LAYER(true),
  /** Mean square 1 (Zhang and Sennrich 2019), then a gain. */
  RMS(false);

  private static final double EPSILON = 1e-5;

  private final boolean shifted;

  Normalisation(final boolean shifted) {
    this.shifted = shifted;
  }

  /** Whether a shift follows the gain. */
  boolean shifted() {
    return shifted;
  }

  /**
   * The part without parameters.
   *
   * @param x any shape; along the last axis
   */
  NDArray apply(final NDArray x) {
    final int[] axis = {x.getShape().dimension() - 1};
    final NDArray centred = this == LAYER ? x.sub(x.mean(axis, true)) : x;
    final NDArray epsilon = Recording.constant(x, EPSILON);
    return centred.div(centred.square().mean(axis, true).add(epsilon).sqrt());
  }
}
