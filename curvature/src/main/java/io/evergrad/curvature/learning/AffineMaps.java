/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.List;

/** A layer's weight and bias as one matrix [W b], the bias an input that is always one. */
final class AffineMaps {

  /** An axis of [W b]. */
  enum Axis {
    /** The units. */
    OUTPUT,
    /** The inputs and the bias. */
    INPUT
  }

  private AffineMaps() {}

  /** [W b], units × (inputs + 1). */
  static NDArray join(final List<NDArray> layer) {
    return NDArrays.concat(new NDList(layer.get(0), layer.get(1).reshape(new Shape(-1, 1))), 1);
  }

  /** W and b; the inverse of {@link #join(List)}. */
  static NDList split(final NDArray joined) {
    final long inputs = joined.getShape().get(1) - 1;
    return new NDList(
        joined.get(new NDIndex(":, 0:{}", inputs)), joined.get(new NDIndex(":, {}", inputs)));
  }

  /** Examples' inputs and a column of ones, B × (inputs + 1). */
  static NDArray withOnes(final NDArray inputs) {
    return NDArrays.concat(
        new NDList(inputs, inputs.getManager().ones(new Shape(inputs.getShape().get(0), 1))), 1);
  }
}
