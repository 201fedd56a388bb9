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
    final NDArray d = of.rows();
    final Shape shape = d.getShape();
    if (of.columns() == null && !layer.vector()) {
      return formed(layer, gradients);
    }
    if (of.columns() != null && !layer.biased()) {
      return of;
    }
    final NDArray ones =
        d.getManager().ones(new Shape(shape.get(0), shape.get(1), 1), d.getDataType());
    return new ExampleGradients.Factors(
        d, of.columns() == null ? ones : NDArrays.concat(new NDList(of.columns(), ones), 2));
  }

  /** Of gradients that are formed: each unit is a place of its own. */
  private static ExampleGradients.Factors formed(
      final Layer layer, final ExampleGradients gradients) {
    final NDArray weights = gradients.factors().get(layer.weight()).rows();
    final long examples = weights.getShape().get(0);
    final NDList columns =
        new NDList(weights.reshape(new Shape(examples, layer.units(), layer.inputs())));
    if (layer.biased()) {
      columns.add(
          gradients
              .factors()
              .get(layer.weight() + 1)
              .rows()
              .reshape(new Shape(examples, layer.units(), 1)));
    }
    final NDArray units =
        weights
            .getManager()
            .eye(layer.units())
            .toType(weights.getDataType(), false)
            .broadcast(new Shape(examples, layer.units(), layer.units()));
    return new ExampleGradients.Factors(units, NDArrays.concat(columns, 2));
  }
}
