/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.network.ExampleGradients;
import io.evergrad.curvature.network.Layer;

/**
 * A layer's weight and bias as one matrix [W b], the bias an input that is always one; of a layer
 * without bias, W.
 */
final class AffineMaps {

  /** An axis of [W b]. */
  enum Axis {
    /** The units. */
    OUTPUT,
    /** The inputs and the bias. */
    INPUT
  }

  private AffineMaps() {}

  /**
   * [W b], units × columns.
   *
   * @param network one array a leaf
   */
  static NDArray join(final Layer layer, final NDList network) {
    final NDArray weight = network.get(layer.weight()).reshape(layer.shape());
    if (!layer.biased()) {
      return weight;
    }
    final NDArray bias = network.get(layer.weight() + 1).reshape(new Shape(-1, 1));
    return NDArrays.concat(new NDList(weight, bias), 1);
  }

  /** W and b in place of a network's; the inverse of {@link #join}. */
  static void assign(final Layer layer, final NDList network, final NDArray joined) {
    network.get(layer.weight()).reshape(layer.shape()).muli(0).addi(weight(layer, joined));
    if (layer.biased()) {
      network.get(layer.weight() + 1).reshape(new Shape(-1)).muli(0).addi(bias(layer, joined));
    }
  }

  /** W and b less a multiple of the given ones, in place. */
  static void subtract(
      final Layer layer, final NDList network, final NDArray joined, final double factor) {
    network.get(layer.weight()).reshape(layer.shape()).subi(weight(layer, joined).mul(factor));
    if (layer.biased()) {
      network.get(layer.weight() + 1).reshape(new Shape(-1)).subi(bias(layer, joined).mul(factor));
    }
  }

  private static NDArray weight(final Layer layer, final NDArray joined) {
    return layer.biased() ? joined.get(new NDIndex(":, 0:{}", layer.inputs())) : joined;
  }

  private static NDArray bias(final Layer layer, final NDArray joined) {
    return joined.get(new NDIndex(":, {}", layer.inputs()));
  }

  /** The gradients of a layer's examples by [W b]: d and a, with a column of ones for the bias. */
  static ExampleGradients.Factors factors(final Layer layer, final ExampleGradients gradients) {
    final ExampleGradients.Factors of = gradients.factors().get(layer.weight());
    final Shape places = new Shape(of.rows().getShape().get(0), of.rows().getShape().get(1), 1);
    if (of.columns() != null && !layer.biased()) {
      return of;
    }
    final NDArray ones = of.rows().getManager().ones(places, of.rows().getDataType());
    return new ExampleGradients.Factors(
        of.rows(),
        of.columns() == null ? ones : NDArrays.concat(new NDList(of.columns(), ones), 2));
  }
}
