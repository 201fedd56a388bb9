/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.linalg;

import ai.djl.ndarray.NDArray;

/** Operations on matrices that are the last two axes of an array; axes before them stack many. */
public final class Matrices {

  private Matrices() {}

  /** Xᵀ, a view. */
  public static NDArray transposed(final NDArray x) {
    final int dimensions = x.getShape().dimension();
    return x.swapAxes(dimensions - 2, dimensions - 1);
  }

  /** Xᵀ X. */
  public static NDArray gram(final NDArray x) {
    return transposed(x).matMul(x);
  }
}
