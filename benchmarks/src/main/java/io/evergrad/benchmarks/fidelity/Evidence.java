/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.network.ExampleGradients;
import io.evergrad.curvature.network.Layer;
import io.evergrad.curvature.network.Network;
import java.util.List;

/**
 * What a curvature is estimated from.
 *
 * @param gradients of examples, whose second moment is a Fisher
 */
record Evidence(Network network, ExampleGradients gradients, LinearAlgebra algebra) {

  /** The gradients by each layer. */
  List<LayerGradients> layers() {
    return network.layers().stream().map(this::layer).toList();
  }

  /** The gradients by a layer. */
  LayerGradients layer(final Layer layer) {
    return new LayerGradients(layer, gradients);
  }
}
