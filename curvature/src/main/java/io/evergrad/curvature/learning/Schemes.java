/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import io.evergrad.curvature.kinds.Kind;
import io.evergrad.curvature.kinds.KindDecomposition;
import io.evergrad.curvature.kinds.Range;
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
import java.util.function.Predicate;
import java.util.stream.Collectors;

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

  /**
   * A line for each block that the limit cuts, naming its tensors and ranges.
   *
   * @param full whether a kind is kept as a full block; cutting a diagonal drops nothing
   */
  static List<String> cutBlocks(
      final Mlp network,
      final LearnerSettings.Scheme scheme,
      final int blockLimit,
      final Predicate<Kind> full) {
    final List<String> lines = new ArrayList<>();
    if (scheme == LearnerSettings.Scheme.TWO_SIDED) {
      for (int l = 0; l < network.layers(); l++) {
        final Leaf weight = network.leaves().get(2 * l);
        describeCut(lines, weight.name() + " units", weight.shape().get(0), blockLimit);
        describeCut(lines, weight.name() + " inputs", weight.shape().get(1) + 1, blockLimit);
      }
      return lines;
    }
    for (final Section section : sections(network, scheme, blockLimit)) {
      final String tensors =
          section.kinds().symmetry().leaves().stream()
              .map(Leaf::name)
              .collect(Collectors.joining("+"));
      section.kinds().kinds().stream()
          .filter(kind -> kind.split() && kind.range().first() == 0 && full.test(kind))
          .forEach(
              kind -> {
                final String irreducibles = kind.invariant() ? "invariant" : "non-invariant";
                describeCut(lines, tensors + " " + irreducibles, kind.copies(), blockLimit);
              });
    }
    return lines;
  }

  private static void describeCut(
      final List<String> lines, final String block, final int side, final int blockLimit) {
    final List<Range> ranges = Range.cut(side, blockLimit);
    if (ranges.size() > 1) {
      lines.add(block + ": " + side + " x " + side + " cut into " + ranges);
    }
  }
}
