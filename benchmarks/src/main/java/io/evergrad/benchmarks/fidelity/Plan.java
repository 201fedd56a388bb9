/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A method for each layer, and the kinds by which layers are coupled.
 *
 * @param layers one a layer
 * @param coupled labels of kinds; may be empty
 */
record Plan(List<LayerMethod> layers, Set<String> coupled) {

  /** Copies both. */
  Plan {
    layers = List.copyOf(layers);
    coupled = Set.copyOf(coupled);
  }

  /** The curvature that follows from gradients. */
  Curvature estimate(final Evidence evidence) {
    final List<Curvature> parts = new ArrayList<>();
    for (int l = 0; l < layers.size(); l++) {
      parts.add(layers.get(l).estimate().apply(evidence.layer(evidence.network().layers().get(l))));
    }
    final BlockDiagonal diagonal = new BlockDiagonal(parts);
    if (coupled.isEmpty()) {
      return diagonal;
    }
    final Coupling coupling = Coupling.of(evidence.network(), evidence.gradients()).only(coupled);
    return new Kept(
        diagonal.elements() + coupling.elements(),
        () -> {
          final NDArray whole = diagonal.dense();
          return whole.add(coupling.dense());
        });
  }
}
