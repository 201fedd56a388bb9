/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.evergrad.curvature.blocks.BlockMatrix;
import io.evergrad.curvature.blocks.GeometricMean;
import io.evergrad.curvature.blocks.Vectors;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.network.Network;
import io.evergrad.curvature.symmetry.GroupType;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * The curvature H of Eq. 10 and Eq. 11, from mini-batch gradients at one θ, and from θ. It has the
 * Hessian's direction, and for Eq. 11 no scale of its own.
 *
 * @param gradients one array a leaf, with a leading axis of mini-batches
 * @param weights θ, one array a leaf, with a leading axis of 1
 */
record RootCurvature(NDList gradients, NDList weights, LinearAlgebra algebra) {
  private static final int MINI_BATCHES = 64;
  private static final int SIZE = 32;

  /** At a model's θ, from mini-batches of its own. */
  static RootCurvature of(
      final NDManager manager,
      final Model model,
      final Source source,
      final SplittableRandom random,
      final LinearAlgebra algebra) {
    final NDList rows = new NDList();
    for (int i = 0; i < MINI_BATCHES; i++) {
      rows.add(
          Model.of(manager, model.network(), model.parameters(), source.draw(random, SIZE))
              .gradient());
    }
    return new RootCurvature(
        Vectors.split(NDArrays.concat(rows), model.network().leaves()),
        Vectors.split(model.theta(), model.network().leaves()),
        algebra);
  }

  /** The groups that are tried, by name. */
  static Map<String, Function<Network, List<Section>>> sections() {
    final Map<String, Function<Network, List<Section>>> choices = new TreeMap<>();
    choices.put("joint", network -> List.of(Section.joint(network, UnaryOperator.identity())));
    for (final GroupType type : List.of(GroupType.ORTHOGONAL, GroupType.PERMUTATION)) {
      choices.put(
          "output axis, " + type.label(), network -> layers(network, type, GroupType.IDENTITY));
      choices.put(
          "input axis, " + type.label(), network -> layers(network, GroupType.IDENTITY, type));
    }
    return choices;
  }

  private static List<Section> layers(
      final Network network, final GroupType units, final GroupType inputs) {
    return network.layers().stream().map(layer -> Section.of(layer, units, inputs)).toList();
  }

  /** Eq. 11, uncentred. */
  Curvature eq11(final List<Section> sections) {
    return each(sections, section -> average(section, gradients).squareRoot(algebra));
  }

  /** Eq. 10, centred: zero on invariant kinds. */
  Curvature eq10(final List<Section> sections) {
    return each(
        sections,
        section ->
            GeometricMean.of(
                    algebra,
                    average(section, weights).withoutInvariants(),
                    average(section, gradients).withoutInvariants())
                .curvature());
  }

  private static Curvature each(
      final List<Section> sections, final Function<Section, BlockMatrix> estimate) {
    return new BlockDiagonal(
        sections.stream().map(section -> Kept.blocks(estimate.apply(section))).toList());
  }

  private static BlockMatrix average(final Section section, final NDList samples) {
    final NDArray first = samples.get(0);
    return BlockMatrix.orbitAverage(
        section.kinds(),
        section.kinds().analyseSamples(section.views(samples)),
        (int) first.getShape().get(0));
  }
}
