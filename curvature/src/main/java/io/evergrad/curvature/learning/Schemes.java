/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.blocks.Vectors;
import io.evergrad.curvature.kinds.Kind;
import io.evergrad.curvature.kinds.KindDecomposition;
import io.evergrad.curvature.kinds.Range;
import io.evergrad.curvature.network.Layer;
import io.evergrad.curvature.network.Network;
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
   * @param averaged the axis of its one layer that is averaged over; empty for a whole network, and
   *     for a layer that is not averaged
   * @param kinds of its leaves; those of a layer are seen as W and b, whatever their own axes
   */
  record Section(int firstLeaf, Optional<LayerAxis> averaged, KindDecomposition kinds) {
    /** Index of the leaf after its last. */
    int endLeaf() {
      return firstLeaf + kinds.symmetry().leaves().size();
    }

    /** Its part of arrays that are one a leaf of the network, in its own shapes. */
    NDList views(final NDList network) {
      final NDList views = new NDList();
      for (int i = firstLeaf; i < endLeaf(); i++) {
        final Shape shape = Vectors.shape(kinds.symmetry().leaves().get(i - firstLeaf));
        final NDArray array = network.get(i);
        views.add(array.getShape().equals(shape) ? array : array.reshape(shape));
      }
      return views;
    }
  }

  /**
   * An axis of one layer.
   *
   * @param layer its index
   */
  record LayerAxis(int layer, AffineMaps.Axis axis) {}

  /**
   * The sections of a network.
   *
   * @throws IllegalArgumentException for the two-sided product, which is not one commutant
   */
  static List<Section> sections(
      final Network network, final LearnerSettings.Scheme scheme, final int blockLimit) {
    if (scheme == LearnerSettings.Scheme.JOINT) {
      return List.of(
          new Section(0, Optional.empty(), new KindDecomposition(network.symmetry(), blockLimit)));
    }
    final List<Section> sections = new ArrayList<>();
    for (int l = 0; l < network.layers().size(); l++) {
      sections.add(section(network, l, scheme, blockLimit));
    }
    return sections;
  }

  private static Section section(
      final Network network,
      final int index,
      final LearnerSettings.Scheme scheme,
      final int blockLimit) {
    final Layer layer = network.layers().get(index);
    final boolean output =
        switch (scheme) {
          case OUTPUT_AXIS -> true;
          case INPUT_AXIS -> false;
          case CHEAPEST -> layer.inputs() <= layer.units();
          case JOINT, TWO_SIDED ->
              throw new IllegalArgumentException(
                  "scheme "
                      + scheme
                      + " is a product of two averages and has no sections of its own; choose "
                      + "JOINT, OUTPUT_AXIS, INPUT_AXIS or CHEAPEST");
        };
    if (layer.vector()) {
      return new Section(
          layer.weight(),
          Optional.empty(),
          new KindDecomposition(
              new Symmetry(
                  new TreeMap<>(),
                  List.of(new Leaf(layer.name(), List.of(layer.units()), List.of(Leaf.FREE)))),
              blockLimit));
    }
    final String out = output ? "units" : Leaf.FREE;
    final String in = output ? Leaf.FREE : "units";
    final List<Leaf> leaves = new ArrayList<>();
    leaves.add(new Leaf(layer.name(), List.of(layer.units(), layer.inputs()), List.of(out, in)));
    if (layer.biased()) {
      leaves.add(
          new Leaf(
              network.leaves().get(layer.weight() + 1).name(),
              List.of(layer.units()),
              List.of(out)));
    }
    final int size = output ? layer.units() : layer.inputs();
    return new Section(
        layer.weight(),
        Optional.of(new LayerAxis(index, output ? AffineMaps.Axis.OUTPUT : AffineMaps.Axis.INPUT)),
        new KindDecomposition(
            new Symmetry(
                new TreeMap<>(Map.of("units", new Group(GroupType.PERMUTATION, size))), leaves),
            blockLimit));
  }

  /**
   * A line for each block that the limit cuts, naming its tensors and ranges.
   *
   * @param full whether a kind is kept as a full block; cutting a diagonal drops nothing
   */
  static List<String> cutBlocks(
      final Network network,
      final LearnerSettings.Scheme scheme,
      final int blockLimit,
      final Predicate<Kind> full) {
    final List<String> lines = new ArrayList<>();
    if (scheme == LearnerSettings.Scheme.TWO_SIDED) {
      for (final Layer layer : network.layers()) {
        describeCut(lines, layer.name() + " units", layer.units(), blockLimit);
        describeCut(lines, layer.name() + " inputs", layer.columns(), blockLimit);
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

  /** The same for rules that have a factor for each axis of a weight, without its bias. */
  static List<String> cutWeights(final Network network, final int blockLimit) {
    final List<String> lines = new ArrayList<>();
    for (final Layer layer : network.layers()) {
      describeCut(lines, layer.name() + " units", layer.units(), blockLimit);
      describeCut(lines, layer.name() + " inputs", layer.inputs(), blockLimit);
    }
    return lines;
  }

  /** The same for a factor of each layer's inputs, with a one for the bias. */
  static List<String> cutInputs(final Network network, final int blockLimit) {
    final List<String> lines = new ArrayList<>();
    for (final Layer layer : network.layers()) {
      describeCut(lines, layer.name() + " inputs", layer.columns(), blockLimit);
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
