/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.evergrad.curvature.blocks.Vectors;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.network.Layer;
import io.evergrad.curvature.network.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * Steps preconditioned by symmetry-averaged curvature: θ ← θ − η H⁻¹ ḡ with H = (S_g + κΛ)^{1/2}
 * (Eq. 11; κ = 0 unless the preconditioner remembers).
 *
 * <p>Symbols: ḡ, the gradient's moving average, {@code momenta}; S_g and H⁻¹, recomputed every few
 * steps, {@link Preconditioner}.
 */
final class SymmetryRule implements LearningRule {
  private final LearnerSettings settings;
  private final List<Preconditioner> sections = new ArrayList<>();
  private final NDList momenta = new NDList();
  private long steps;

  /**
   * @param protector whose precision is remembered
   */
  SymmetryRule(
      final LearnerSettings settings,
      final Network network,
      final NDManager manager,
      final LinearAlgebra algebra,
      final Protector protector) {
    this.settings = settings;
    if (settings.ruleScheme() == LearnerSettings.Scheme.TWO_SIDED) {
      for (int l = 0; l < network.layers().size(); l++) {
        final Layer layer = network.layers().get(l);
        sections.add(new TwoSidedPreconditioner(settings, layer, l, manager, algebra, protector));
      }
    } else {
      for (final Schemes.Section section :
          Schemes.sections(network, settings.ruleScheme(), settings.blockLimit())) {
        sections.add(new BlockPreconditioner(settings, section, manager, algebra, protector));
      }
    }
    for (final var leaf : network.leaves()) {
      momenta.add(manager.zeros(Vectors.shape(leaf)));
    }
  }

  @Override
  public int step(final NDList parameters, final NDList gradient) {
    // At the start S_g spans few directions, and a stale root would magnify every new one.
    final boolean renew =
        steps < settings.updateInterval() || steps % settings.updateInterval() == 0;
    steps++;
    final double momentum = settings.momentum();
    for (int i = 0; i < momenta.size(); i++) {
      try (NDArray term = gradient.get(i).mul(1 - momentum)) {
        momenta.get(i).muli(momentum).addi(term);
      }
    }
    final double rate = settings.learningRate() / (1 - Math.pow(momentum, steps));
    int retries = 0;
    for (final Preconditioner section : sections) {
      section.accumulate(gradient);
      if (renew) {
        retries += section.renew(steps);
      }
      section.step(parameters, momenta, rate);
    }
    return retries;
  }

  @Override
  public NDList arrays() {
    final NDList arrays = new NDList(momenta);
    forEachArray((name, array) -> arrays.add(array));
    return arrays;
  }

  @Override
  public Averages averages() {
    return Averages.of(steps, this::forEachAverage);
  }

  @Override
  public void adopt(final Averages averages) {
    if (averages.steps() == 0) {
      return;
    }
    final boolean first = steps == 0;
    steps = Math.max(steps, averages.steps());
    averages.restoreInto(steps, this::forEachAverage);
    if (first) {
      renew();
    }
  }

  @Override
  public void renew() {
    if (steps > 0) {
      sections.forEach(section -> section.renew(steps));
    }
  }

  private void forEachAverage(final AverageVisitor visitor) {
    for (int i = 0; i < momenta.size(); i++) {
      visitor.visit("momentum." + i, momenta.get(i), settings.momentum());
    }
    for (int r = 0; r < sections.size(); r++) {
      final String prefix = "section." + r + ".";
      sections
          .get(r)
          .forEachMoment((name, array) -> visitor.visit(prefix + name, array, settings.decay()));
    }
  }

  @Override
  public SortedMap<String, HostTensor> state() {
    final SortedMap<String, HostTensor> state = new TreeMap<>();
    state.put("steps", TensorCopies.ofLong(steps));
    for (int i = 0; i < momenta.size(); i++) {
      state.put("momentum." + i, TensorCopies.toHost(momenta.get(i)));
    }
    forEachArray((name, array) -> state.put(name, TensorCopies.toHost(array)));
    return state;
  }

  @Override
  public void restore(final Map<String, HostTensor> state) {
    steps = TensorCopies.longAt(state, "steps");
    for (int i = 0; i < momenta.size(); i++) {
      TensorCopies.restore(momenta.get(i), state, "momentum." + i);
    }
    forEachArray((name, array) -> TensorCopies.restore(array, state, name));
  }

  private void forEachArray(final BiConsumer<String, NDArray> action) {
    for (int r = 0; r < sections.size(); r++) {
      final String prefix = "section." + r + ".";
      sections.get(r).forEachArray((name, array) -> action.accept(prefix + name, array));
    }
  }
}
