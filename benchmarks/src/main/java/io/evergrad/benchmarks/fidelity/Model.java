/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.blocks.Vectors;
import io.evergrad.curvature.network.ExampleGradients;
import io.evergrad.curvature.network.FeatureRows;
import io.evergrad.curvature.network.Fisher;
import io.evergrad.curvature.network.Network;
import io.evergrad.curvature.network.Pass;

/**
 * A network at one point θ, with the examples that its loss is a mean over: one number for each
 * prediction of each example. All in float64.
 *
 * @param parameters θ, one array a leaf
 * @param features B × inputs
 * @param targets one a prediction
 */
record Model(Network network, NDList parameters, NDArray features, int[] targets) {

  /** A network on examples. */
  static Model of(
      final NDManager manager,
      final Network network,
      final NDList parameters,
      final Source.Examples examples) {
    final int size = examples.labels().length;
    return new Model(
        network,
        parameters,
        manager
            .create(examples.features(), new Shape(size, network.spec().inputs()))
            .toType(DataType.FLOAT64, false),
        network
            .spec()
            .targets(
                FeatureRows.of(examples.features(), network.spec().inputs()),
                examples.labels(),
                size));
  }

  /** Examples, B. */
  int examples() {
    return (int) features.getShape().get(0);
  }

  /** N. */
  int count() {
    return Math.toIntExact(network.symmetry().count());
  }

  /** A forward pass at θ. */
  Pass pass() {
    return network.forward(features, parameters);
  }

  /** The loss's gradients by the true labels. */
  ExampleGradients gradients() {
    return Fisher.empirical(pass(), targets);
  }

  /** The gradient at another point, 1 × N. */
  NDArray gradientAt(final NDArray theta) {
    final NDList split = Vectors.split(theta, network.leaves());
    final NDList leaves = new NDList();
    split.forEach(leaf -> leaves.add(leaf.squeeze(0)));
    return row(Fisher.empirical(network.forward(features, leaves), targets).mean());
  }

  /** The gradient at θ, 1 × N. */
  NDArray gradient() {
    return row(gradients().mean());
  }

  /** The mean loss of a prediction, in nats. */
  double loss() {
    final NDArray logits = pass().logits();
    final NDArray hot =
        logits
            .getManager()
            .create(targets)
            .oneHot((int) logits.getShape().get(1), logits.getDataType());
    return -logits.logSoftmax(1).mul(hot).sum().getDouble() / targets.length;
  }

  /** θ, 1 × N. */
  NDArray theta() {
    return row(parameters);
  }

  private static NDArray row(final NDList leaves) {
    return Vectors.join(leaves, 1);
  }
}
