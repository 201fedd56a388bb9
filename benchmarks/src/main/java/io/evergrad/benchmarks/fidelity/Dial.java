/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The plans of ours that are closest to the Fisher in Frobenius norm, each for what it keeps.
 *
 * <p>The error separates: ‖F − C‖² = ‖F‖² − Σ gain, one gain ‖F_i‖² − ‖F_i − C_i‖² for each layer
 * and for the coupling by each kind. So one choice for each of them is made under one limit,
 * exactly (a knapsack). Gains need no more than the samples that the curvature is estimated from.
 */
final class Dial {
  private final List<Priced> plans;

  /** What is chosen so far, at what price. */
  private record Priced(long elements, double gain, List<LayerMethod> layers, Set<String> coupled) {
    Priced with(final LayerMethod method, final long more, final double better) {
      final List<LayerMethod> extended = new ArrayList<>(layers);
      extended.add(method);
      return new Priced(elements + more, gain + better, extended, coupled);
    }

    Priced with(final String kind, final long more, final double better) {
      final Set<String> extended = new HashSet<>(coupled);
      extended.add(kind);
      return new Priced(elements + more, gain + better, layers, extended);
    }
  }

  private Dial(final List<Priced> plans) {
    this.plans = plans;
  }

  /**
   * The dial over gradients.
   *
   * @param limit most elements of a plan
   */
  static Dial of(final Evidence evidence, final long limit) {
    List<Priced> plans = List.of(new Priced(0, 0, List.of(), Set.of()));
    for (final LayerGradients layer : evidence.layers()) {
      final NDArray exact = layer.secondMoment();
      final List<Priced> extended = new ArrayList<>();
      for (final LayerMethod method : LayerMethod.ours()) {
        final Curvature curvature = method.estimate().apply(layer);
        final NDArray dense = curvature.dense();
        final double gain = gain(dense, exact);
        for (final Priced plan : plans) {
          extended.add(plan.with(method, curvature.elements(), gain));
        }
      }
      plans = best(extended, limit);
    }
    final Coupling coupling = Coupling.of(evidence.network(), evidence.gradients());
    for (final Map.Entry<String, Long> kind : new TreeMap<>(coupling.elementsByKind()).entrySet()) {
      final NDArray dense = coupling.only(Set.of(kind.getKey())).dense();
      // An orthogonal projection: ⟨C, F⟩ = ‖C‖².
      final double gain = Frobenius.inner(dense, dense);
      final List<Priced> extended = new ArrayList<>(plans);
      for (final Priced plan : plans) {
        extended.add(plan.with(kind.getKey(), kind.getValue(), gain));
      }
      plans = best(extended, limit);
    }
    return new Dial(plans);
  }

  private static double gain(final NDArray curvature, final NDArray exact) {
    return 2 * Frobenius.inner(curvature, exact) - Frobenius.inner(curvature, curvature);
  }

  /** Those within the limit that none beats at as few elements, from cheap to dear. */
  private static List<Priced> best(final List<Priced> plans, final long limit) {
    final List<Priced> sorted =
        plans.stream()
            .filter(plan -> plan.elements() <= limit)
            .sorted(
                Comparator.comparingLong(Priced::elements)
                    .thenComparing(Comparator.comparingDouble(Priced::gain).reversed()))
            .toList();
    final List<Priced> front = new ArrayList<>();
    for (final Priced plan : sorted) {
      if (front.isEmpty() || plan.gain() > front.get(front.size() - 1).gain()) {
        front.add(plan);
      }
    }
    return front;
  }

  /**
   * The best plan of at most so many elements.
   *
   * @throws IllegalArgumentException if even the cheapest has more
   */
  Plan at(final long elements) {
    Priced chosen = null;
    for (final Priced plan : plans) {
      if (plan.elements() <= elements) {
        chosen = plan;
      }
    }
    if (chosen == null) {
      throw new IllegalArgumentException("no plan has as few as " + elements + " elements");
    }
    return new Plan(chosen.layers(), chosen.coupled());
  }
}
