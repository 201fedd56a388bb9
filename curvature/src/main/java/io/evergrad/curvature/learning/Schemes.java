/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import io.evergrad.curvature.kinds.KindDecomposition;
import io.evergrad.curvature.network.Mlp;
import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.GroupType;
import io.evergrad.curvature.symmetry.Leaf;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Which tensors are averaged together, and under which group, for each {@code Scheme}. */
final class Schemes {

  private Schemes() {}

  /**
   * A set of tensors with its own symmetry.
   *
   * @param firstLeaf index of the first of its leaves, which are consecutive
   * @param averaged the axis of its one layer that is averaged over; empty for a whole network
   */
  record Section(int firstLeaf, Optional<AffineMaps.Axis> averaged, KindDecomposition kinds) {
    /** Index of the leaf after its last. */
    int endLeaf() {
      return firstLeaf + kinds.symmetry().leaves().size();
    }
  }

  /**
   * The sections of a network.
   *
   * @throws IllegalArgumentException for the two-sided product, which is not one commutant
   */
  static List<Section> sections(
      final Mlp network, final LearnerSettings.Scheme scheme, final int blockLimit) {
    if (scheme == LearnerSettings.Scheme.JOINT) {
      return List.of(
          new Section(0, Optional.empty(), new KindDecomposition(network.symmetry(), blockLimit)));
    }
    final List<Section> sections = new ArrayList<>();
    for (int l = 0; l < network.layers(); l++) {
      final Leaf weight = network.leaves().get(2 * l);
      final boolean output =
          switch (scheme) {
            case OUTPUT_AXIS -> true;
            case INPUT_AXIS -> false;
            case CHEAPEST -> weight.shape().get(1) <= weight.shape().get(0);
            case JOINT, TWO_SIDED ->
                throw new IllegalArgumentException(
                    "scheme "
                        + scheme
                        + " is a product of two averages and has no sections of its own; choose "
                        + "JOINT, OUTPUT_AXIS, INPUT_AXIS or CHEAPEST");
          };
      final int size = weight.shape().get(output ? 0 : 1);
      final String out = output ? "units" : Leaf.FREE;
      final String in = output ? Leaf.FREE : "units";
      final Leaf bias = network.leaves().get(2 * l + 1);
      sections.add(
          new Section(
              2 * l,
              Optional.of(output ? AffineMaps.Axis.OUTPUT : AffineMaps.Axis.INPUT),
              new KindDecomposition(
                  new Symmetry(
                      new TreeMap<>(Map.of("units", new Group(GroupType.PERMUTATION, size))),
                      List.of(
                          new Leaf(weight.name(), weight.shape(), List.of(out, in)),
                          new Leaf(bias.name(), bias.shape(), List.of(out)))),
                  blockLimit)));
    }
    return sections;
  }
}
