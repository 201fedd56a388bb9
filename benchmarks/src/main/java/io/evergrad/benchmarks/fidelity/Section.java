/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.kinds.KindDecomposition;
import io.evergrad.curvature.network.Layer;
import io.evergrad.curvature.network.Network;
import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.GroupType;
import io.evergrad.curvature.symmetry.Leaf;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;

/**
 * Consecutive tensors that are averaged together.
 *
 * @param firstLeaf index of the first
 * @param kinds of them, in shapes of as many elements as the network's own
 */
record Section(int firstLeaf, KindDecomposition kinds) {

  /**
   * One layer, by groups on the axes of W, and of b as far as it has them. A vector by itself is
   * averaged only where both axes of matrices are.
   */
  static Section of(final Layer layer, final GroupType units, final GroupType inputs) {
    final boolean whole = layer.vector() && inputs == GroupType.IDENTITY;
    final SortedMap<String, Group> groups = new TreeMap<>();
    groups.put("inputs", new Group(inputs, layer.inputs()));
    groups.put("units", new Group(whole ? GroupType.IDENTITY : units, layer.units()));
    final List<Leaf> leaves = new ArrayList<>();
    leaves.add(
        new Leaf("weight", List.of(layer.units(), layer.inputs()), List.of("units", "inputs")));
    if (layer.biased()) {
      leaves.add(new Leaf("bias", List.of(layer.units()), List.of("units")));
    }
    return new Section(layer.weight(), new KindDecomposition(new Symmetry(groups, leaves)));
  }

  /** The whole network, by its own symmetry with each group's type replaced. */
  static Section joint(final Network network, final UnaryOperator<GroupType> types) {
    return joint(network, types, 0, network.leaves().size());
  }

  /** One layer, by what of the network's own symmetry moves its tensors. */
  static Section part(final Network network, final Layer layer) {
    return joint(network, UnaryOperator.identity(), layer.weight(), layer.end());
  }

  private static Section joint(
      final Network network, final UnaryOperator<GroupType> types, final int first, final int end) {
    final SortedMap<String, Group> groups = new TreeMap<>();
    network
        .symmetry()
        .groups()
        .forEach((id, group) -> groups.put(id, new Group(types.apply(group.type()), group.size())));
    return new Section(
        first, new KindDecomposition(new Symmetry(groups, network.leaves().subList(first, end))));
  }

  /**
   * Its part of arrays that are one a leaf of the network with a leading axis of samples, in its
   * own shapes.
   */
  NDList views(final NDList network) {
    final NDList views = new NDList();
    for (int i = 0; i < kinds.symmetry().leaves().size(); i++) {
      final NDArray array = network.get(firstLeaf + i);
      views.add(
          array.reshape(
              new Shape(
                  LongStream.concat(
                          LongStream.of(array.getShape().get(0)),
                          kinds.symmetry().leaves().get(i).shape().stream()
                              .mapToLong(Integer::longValue))
                      .toArray())));
    }
    return views;
  }
}
