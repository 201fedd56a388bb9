/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.linalg.Matrices;
import io.evergrad.curvature.network.ExampleGradients;
import io.evergrad.curvature.network.Layer;

/**
 * The gradients of examples by one layer's [W b].
 *
 * @param layer which
 * @param gradients of the whole network
 */
record LayerGradients(Layer layer, ExampleGradients gradients) {

  /** u. */
  int units() {
    return layer.units();
  }

  /** Columns of [W b]. */
  int columns() {
    return layer.columns();
  }

  /** Parameters. */
  int count() {
    return units() * columns();
  }

  /** d, B × T × u. */
  NDArray derivatives() {
    return factors().rows();
  }

  /** a with a column of ones for the bias, B × T × columns. */
  NDArray inputs() {
    final NDArray a = factors().columns();
    if (a != null && !layer.biased()) {
      return a;
    }
    final Shape shape = derivatives().getShape();
    final NDArray ones =
        derivatives()
            .getManager()
            .ones(new Shape(shape.get(0), shape.get(1), 1), derivatives().getDataType());
    return a == null ? ones : NDArrays.concat(new NDList(a, ones), 2);
  }

  private ExampleGradients.Factors factors() {
    return gradients.factors().get(layer.weight());
  }

  /** Each example's gradient G by [W b], B × u × columns. */
  NDArray matrices() {
    return factors().places() == 1
        ? derivatives().transpose(0, 2, 1).mul(inputs())
        : derivatives().transpose(0, 2, 1).matMul(inputs());
  }

  /** What sums over examples are divided by for a mean over predictions. */
  double predictions() {
    return (double) gradients.examples() * gradients.predictions();
  }

  /** The second moment of the gradients, the layer's block of the Fisher, in the leaves' order. */
  NDArray secondMoment() {
    final NDArray moment =
        Matrices.gram(matrices().reshape(new Shape(-1, count()))).div(predictions());
    return inLeafOrder(moment);
  }

  /** A matrix over [W b], row-major, as one over W and then b. */
  NDArray inLeafOrder(final NDArray matrix) {
    return layer.biased() ? rowsInLeafOrder(Matrices.transposed(rowsInLeafOrder(matrix))) : matrix;
  }

  private NDArray rowsInLeafOrder(final NDArray matrix) {
    final NDArray rows = matrix.reshape(new Shape(units(), columns(), count()));
    final NDArray weight = rows.get(new NDIndex(":, 0:{}", layer.inputs()));
    final NDArray bias = rows.get(new NDIndex(":, {}", layer.inputs()));
    return NDArrays.concat(
        new NDList(
            weight.reshape(new Shape((long) units() * layer.inputs(), count())),
            bias.reshape(new Shape(units(), count()))),
        0);
  }
}
