/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import io.evergrad.curvature.symmetry.GroupType;
import java.util.List;
import java.util.function.Function;

/**
 * How one layer's curvature is approximated, from the gradients by it.
 *
 * @param name what tables call it
 */
record LayerMethod(String name, Function<LayerGradients, Curvature> estimate) {

  /** The layer's whole block. */
  static final LayerMethod WHOLE = new LayerMethod("whole", of -> Kept.whole(of.secondMoment()));

  /** Averages over groups on both axes. */
  static LayerMethod orbit(final String name, final GroupType units, final GroupType inputs) {
    return new LayerMethod(
        name,
        of -> {
          final Section section = Section.of(of.layer(), units, inputs);
          return Kept.blocks(of.gradients().secondMoment(section.kinds(), section.firstLeaf()));
        });
  }

  /** The two-sided form, iterated; vectors by themselves whole. */
  static LayerMethod iterated(final int terms) {
    return new LayerMethod(
        terms == 1 ? "two-sided, iterated" : "two-sided, iterated, " + terms + " terms",
        matricesBy(of -> Kronecker.iterated(of, terms)));
  }

  /** A method of matrices; vectors by themselves whole. */
  static Function<LayerGradients, Curvature> matricesBy(
      final Function<LayerGradients, Curvature> method) {
    return of -> of.layer().vector() ? Kept.whole(of.secondMoment()) : method.apply(of);
  }

  /** All of ours that can be mixed from layer to layer, from cheap to dear. */
  static List<LayerMethod> ours() {
    return List.of(
        orbit("orthogonal both", GroupType.ORTHOGONAL, GroupType.ORTHOGONAL),
        orbit("permutation both", GroupType.PERMUTATION, GroupType.PERMUTATION),
        orbit("sign flips both", GroupType.SIGN_FLIPS, GroupType.SIGN_FLIPS),
        orbit("orthogonal inputs", GroupType.IDENTITY, GroupType.ORTHOGONAL),
        orbit("orthogonal units", GroupType.ORTHOGONAL, GroupType.IDENTITY),
        orbit("permutation inputs", GroupType.IDENTITY, GroupType.PERMUTATION),
        orbit("permutation units", GroupType.PERMUTATION, GroupType.IDENTITY),
        iterated(1),
        iterated(2),
        iterated(3),
        orbit("sign flips inputs", GroupType.IDENTITY, GroupType.SIGN_FLIPS),
        orbit("sign flips units", GroupType.SIGN_FLIPS, GroupType.IDENTITY),
        WHOLE);
  }
}
