/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import io.evergrad.curvature.blocks.BlockMatrix;
import io.evergrad.curvature.kinds.Kind;
import io.evergrad.curvature.network.ExampleGradients;
import io.evergrad.curvature.network.Layer;
import io.evergrad.curvature.network.Network;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * What the network's own symmetry ties between layers: the cross-tensor part of the joint blocks,
 * without their parts within layers.
 *
 * @param joint the average over the network's symmetry
 * @param layers the network's
 * @param elementsByKind what each kind takes, by its label; kinds within one layer are left out
 * @param kinds labels of the kinds that are taken; of others nothing
 */
record Coupling(
    BlockMatrix joint, List<Layer> layers, Map<String, Long> elementsByKind, Set<String> kinds)
    implements Curvature {

  /** Of all kinds, between the layers of a network. */
  static Coupling of(final Network network, final ExampleGradients gradients) {
    final BlockMatrix joint =
        gradients.secondMoment(Section.joint(network, UnaryOperator.identity()).kinds(), 0);
    final Map<String, Long> elements = elements(network, joint.kinds().kinds());
    return new Coupling(joint, network.layers(), elements, elements.keySet());
  }

  /** Of some kinds only. */
  Coupling only(final Set<String> labels) {
    return new Coupling(joint, layers, elementsByKind, labels);
  }

  private static Map<String, Long> elements(final Network network, final List<Kind> joint) {
    final Map<String, Long> elements = new HashMap<>();
    for (final Kind kind : joint) {
      elements.put(kind.label(), square(kind));
    }
    for (final Layer layer : network.layers()) {
      for (final Kind kind : Section.part(network, layer).kinds().kinds()) {
        elements.merge(kind.label(), -square(kind), Long::sum);
      }
    }
    elements.values().removeIf(count -> count == 0);
    return Map.copyOf(elements);
  }

  private static long square(final Kind kind) {
    return (long) kind.members() * kind.multiplicity() * kind.multiplicity();
  }

  @Override
  public long elements() {
    return kinds.stream().mapToLong(elementsByKind::get).sum();
  }

  @Override
  public NDArray dense() {
    final NDList blocks = new NDList();
    for (int i = 0; i < joint.blocks().size(); i++) {
      final NDArray block = joint.blocks().get(i);
      blocks.add(kinds.contains(joint.kinds().kinds().get(i).label()) ? block : block.zerosLike());
    }
    final NDArray whole = new BlockMatrix(joint.kinds(), blocks).dense();
    long first = 0;
    for (final Layer layer : layers) {
      final long end = first + (long) layer.units() * layer.columns();
      whole.get(new NDIndex("{}:{}, {}:{}", first, end, first, end)).muli(0);
      first = end;
    }
    return whole;
  }
}
