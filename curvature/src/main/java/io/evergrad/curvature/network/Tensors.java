/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.evergrad.curvature.blocks.Vectors;
import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.GroupType;
import io.evergrad.curvature.symmetry.Leaf;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A network's parameter tensors: what moves their axes, which of them make a layer, and what they
 * are at first.
 *
 * @param layers in the order of the leaves
 * @param initialisers one a leaf
 */
record Tensors(Symmetry symmetry, List<Layer> layers, List<Initialiser> initialisers) {

  /**
   * Seeded initial values.
   *
   * @return float32 arrays on the manager, one a leaf
   */
  NDList initialise(final NDManager manager, final long seed) {
    final SplittableRandom random = new SplittableRandom(seed);
    final NDList parameters = new NDList();
    for (int i = 0; i < initialisers.size(); i++) {
      final Leaf leaf = symmetry.leaves().get(i);
      parameters.add(
          manager.create(
              initialisers.get(i).values(random, Math.toIntExact(leaf.count())),
              Vectors.shape(leaf)));
    }
    return parameters;
  }

  /** Collects tensors in the order in which the parameter vector lists them. */
  static final class Declaration {
    private final SortedMap<String, Group> groups = new TreeMap<>();
    private final List<Leaf> leaves = new ArrayList<>();
    private final List<Layer> layers = new ArrayList<>();
    private final List<Initialiser> initialisers = new ArrayList<>();

    /** An axis that a group of its own moves. */
    Axis axis(final String group, final GroupType type, final int length) {
      groups.put(group, new Group(type, length));
      return new Axis(length, group);
    }

    /** Hidden units, which change places, and flip sign where the activation lets them. */
    Axis units(final String group, final Activation activation, final int length) {
      final GroupType type =
          activation.odd() ? GroupType.SIGNED_PERMUTATION : GroupType.PERMUTATION;
      return axis(group, type, length);
    }

    /** Leaves NAME.weight, units × inputs, and NAME.bias, units, which is zero at first. */
    Layer affine(
        final String name,
        final List<Axis> units,
        final List<Axis> inputs,
        final Initialiser initialiser) {
      final int weight = leaves.size();
      leaf(name + ".weight", Stream.concat(units.stream(), inputs.stream()).toList(), initialiser);
      leaf(name + ".bias", units, Initialiser.constant(0));
      return layer(weight, true, units.size());
    }

    /** A leaf of units × inputs, without bias. */
    Layer linear(
        final String name,
        final List<Axis> units,
        final List<Axis> inputs,
        final Initialiser initialiser) {
      final int weight = leaves.size();
      leaf(name, Stream.concat(units.stream(), inputs.stream()).toList(), initialiser);
      return layer(weight, false, units.size());
    }

    /** A leaf of one axis, a layer by itself. */
    Layer vector(final String name, final Axis axis, final Initialiser initialiser) {
      return linear(name, List.of(axis), List.of(), initialiser);
    }

    private void leaf(final String name, final List<Axis> axes, final Initialiser initialiser) {
      leaves.add(
          new Leaf(
              name,
              axes.stream().map(Axis::length).toList(),
              axes.stream().map(Axis::group).toList()));
      initialisers.add(initialiser);
    }

    private Layer layer(final int weight, final boolean biased, final int unitAxes) {
      final Layer layer = Layer.of(leaves, weight, biased, unitAxes);
      layers.add(layer);
      return layer;
    }

    /** What was declared. */
    Tensors tensors() {
      return new Tensors(
          new Symmetry(groups, leaves), List.copyOf(layers), List.copyOf(initialisers));
    }
  }
}
