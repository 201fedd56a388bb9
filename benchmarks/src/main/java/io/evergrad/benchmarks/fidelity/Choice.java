/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import io.evergrad.curvature.symmetry.GroupType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * A way to approximate a network's curvature from gradients of examples.
 *
 * @param name what tables call it
 */
record Choice(String name, Side side, Function<Evidence, Curvature> estimate) {
  static final String KFAC_EXPAND = "K-FAC";
  static final String KFAC_REDUCE = "K-FAC, reduce";
  static final String SHAMPOO = "Shampoo";
  static final String TWO_SIDED = "two-sided";

  /** All but those that need a plan. */
  static List<Choice> all() {
    final List<Choice> choices = new ArrayList<>();
    choices.add(new Choice("identity, scaled", Side.REFERENCE, Choice::identity));
    choices.add(
        layerwise(
            "diagonal",
            Side.REFERENCE,
            LayerMethod.orbit("", GroupType.SIGN_FLIPS, GroupType.SIGN_FLIPS).estimate()));
    choices.add(layerwise("each layer whole", Side.REFERENCE, LayerMethod.WHOLE.estimate()));
    choices.add(kronecker(KFAC_EXPAND, Side.BASELINE, Kronecker::expand));
    choices.add(kronecker(KFAC_REDUCE, Side.BASELINE, Kronecker::reduce));
    choices.add(
        new Choice(
            SHAMPOO,
            Side.BASELINE,
            evidence ->
                layers(
                    evidence,
                    LayerMethod.matricesBy(of -> Kronecker.shampoo(of, evidence.algebra())))));
    choices.add(kronecker(TWO_SIDED, Side.OURS, Kronecker::twoSided));
    choices.add(kronecker("two-sided, iterated", Side.OURS, of -> Kronecker.iterated(of, 1)));
    choices.add(
        kronecker("two-sided, iterated, 2 terms", Side.OURS, of -> Kronecker.iterated(of, 2)));
    choices.add(new Choice("two-sided, iterated + coupling", Side.OURS, Choice::coupled));
    choices.add(joint("joint", UnaryOperator.identity()));
    choices.add(joint("joint, orthogonal", type -> GroupType.ORTHOGONAL));
    choices.add(joint("joint, sign flips", type -> GroupType.SIGN_FLIPS));
    for (final GroupType type :
        List.of(GroupType.ORTHOGONAL, GroupType.PERMUTATION, GroupType.SIGN_FLIPS)) {
      choices.add(orbit("output axis", type, type, GroupType.IDENTITY));
      choices.add(orbit("input axis", type, GroupType.IDENTITY, type));
    }
    choices.add(layerwise("cheapest, permutation", Side.OURS, Choice::cheapest));
    choices.add(orbit("both axes", GroupType.ORTHOGONAL, GroupType.ORTHOGONAL));
    choices.add(orbit("both axes", GroupType.PERMUTATION, GroupType.PERMUTATION));
    return List.copyOf(choices);
  }

  private static Choice orbit(final String axis, final GroupType units, final GroupType inputs) {
    return orbit(axis, units, units, inputs);
  }

  private static Choice orbit(
      final String axis, final GroupType type, final GroupType units, final GroupType inputs) {
    return layerwise(
        axis + ", " + type.label().replace('-', ' '),
        Side.OURS,
        LayerMethod.orbit("", units, inputs).estimate());
  }

  /** One that follows a plan. */
  static Choice planned(final String name, final Plan plan) {
    return new Choice(name, Side.OURS, plan::estimate);
  }

  private static Choice layerwise(
      final String name, final Side side, final Function<LayerGradients, Curvature> method) {
    return new Choice(name, side, evidence -> layers(evidence, method));
  }

  private static Choice kronecker(
      final String name, final Side side, final Function<LayerGradients, Curvature> method) {
    return layerwise(name, side, LayerMethod.matricesBy(method));
  }

  private static BlockDiagonal layers(
      final Evidence evidence, final Function<LayerGradients, Curvature> method) {
    return new BlockDiagonal(evidence.layers().stream().map(method).toList());
  }

  private static Choice joint(final String name, final UnaryOperator<GroupType> types) {
    return new Choice(
        name,
        Side.OURS,
        evidence -> {
          final Section section = Section.joint(evidence.network(), types);
          return Kept.blocks(
              evidence.gradients().secondMoment(section.kinds(), section.firstLeaf()));
        });
  }

  private static Curvature cheapest(final LayerGradients of) {
    final boolean units = of.layer().inputs() <= of.layer().units();
    return LayerMethod.orbit(
            "",
            units ? GroupType.PERMUTATION : GroupType.IDENTITY,
            units ? GroupType.IDENTITY : GroupType.PERMUTATION)
        .estimate()
        .apply(of);
  }

  private static Curvature coupled(final Evidence evidence) {
    final Set<String> all = Coupling.of(evidence.network(), evidence.gradients()).kinds();
    return new Plan(
            evidence.network().layers().stream().map(layer -> LayerMethod.iterated(1)).toList(),
            all)
        .estimate(evidence);
  }

  private static Curvature identity(final Evidence evidence) {
    final long n = evidence.network().symmetry().count();
    double trace = 0;
    for (final NDArray squares : evidence.gradients().meanSquares()) {
      trace += squares.sum().toType(DataType.FLOAT64, false).getDouble();
    }
    final double mean = trace / n;
    final NDArray any = evidence.gradients().factors().get(0).rows();
    return new Kept(
        1, () -> any.getManager().eye((int) n, (int) n, 0, any.getDataType()).mul(mean));
  }
}
