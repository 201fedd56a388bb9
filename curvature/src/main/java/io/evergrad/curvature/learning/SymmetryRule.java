/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.evergrad.curvature.blocks.Vectors;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.network.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * Steps preconditioned by symmetry-averaged curvature: θ ← θ − ηn with H = (S_g + wΛ)^{1/2} (Eq.
 * 11; w = 0 unless the preconditioner remembers: {@link LearnerSettings#memoryWeight}) and n a
 * moving average of H⁻¹g, a step ahead (Nesterov).
 *
 * <p>Far from any solution curvature changes fast and steps may be longer: they begin with η(1 + b)
 * and come down to η as e^{−t/50}.
 *
 * <p>S_g takes every few gradients, as that many, and H⁻¹ follows it every few more; in the first
 * {@value #EARLY_STEPS} steps of a task, or in an update interval if that is less, both do at each:
 * there S_g spans few of the directions that are new, and a stale root would magnify them.
 *
 * <p>Symbols: the moving average over {@link Preconditioner#levels}, {@code momenta}; its β, {@link
 * LearnerSettings#momentum()}; b, {@link LearnerSettings#initialBoost()}; S_g and H⁻¹, {@link
 * Preconditioner}.
 */
final class SymmetryRule implements LearningRule {
  private static final double BOOSTED_STEPS = 50;
  private static final int EARLY_STEPS = 80;
  private final LearnerSettings settings;
  private final List<Preconditioner> sections = new ArrayList<>();
  private final NDList momenta = new NDList();
  private long steps;

  /**
   * @param parameters θ, one array a leaf, which it steps
   * @param protector whose precision is remembered
   */
  SymmetryRule(
      final LearnerSettings settings,
      final Network network,
      final NDList parameters,
      final NDManager manager,
      final LinearAlgebra algebra,
      final Protector protector) {
    this.settings = settings;
    for (final var leaf : network.leaves()) {
      momenta.add(manager.zeros(Vectors.shape(leaf)));
    }
    if (settings.ruleScheme() == LearnerSettings.Scheme.TWO_SIDED) {
      sections.add(
          new TwoSidedPreconditioner(settings, network, parameters, momenta, manager, protector));
      return;
    }
    for (final Schemes.Section section :
        Schemes.sections(network, settings.ruleScheme(), settings.blockLimit())) {
      sections.add(
          new BlockPreconditioner(
              settings, section, parameters, momenta, manager, algebra, protector));
    }
  }

  @Override
  public int step(final NDList gradient, final double loss, final long taskSteps) {
    final boolean early = taskSteps < Math.min(EARLY_STEPS, settings.updateInterval());
    final int interval = early ? 1 : settings.momentInterval();
    final boolean accumulate = steps % interval == 0;
    final boolean renew = early || steps % settings.updateInterval() == 0;
    steps++;
    final double decay = Math.pow(settings.decay(), interval);
    final double boost = settings.initialBoost() * Math.exp(-(steps - 1) / BOOSTED_STEPS);
    final double rate =
        settings.learningRate() * (1 + boost) / (1 - Math.pow(settings.momentum(), steps + 1));
    int kept = 0;
    for (final Preconditioner section : sections) {
      if (accumulate) {
        section.accumulate(gradient, decay);
      }
      if (renew) {
        kept += section.renew(steps);
      }
      section.step(gradient, rate, loss, steps - 1);
    }
    return kept;
  }

  @Override
  public NDList arrays() {
    final NDList arrays = new NDList(momenta);
    sections.forEach(section -> arrays.addAll(section.borrowed()));
    return arrays;
  }

  @Override
  public Averages averages() {
    final List<Double> levels = levels();
    return Averages.of(
        steps,
        visitor -> {
          for (int i = 0; i < momenta.size(); i++) {
            visitor.visit("momentum." + i, momenta.get(i).mul(levels.get(i)), settings.momentum());
          }
          forEachMoment(visitor, Preconditioner::readMoments);
        });
  }

  private List<Double> levels() {
    return sections.stream().flatMap(section -> section.levels().stream()).toList();
  }

  @Override
  public void adopt(final Averages averages) {
    if (averages.steps() == 0) {
      return;
    }
    final boolean first = steps == 0;
    steps = Math.max(steps, averages.steps());
    averages.restoreInto(steps, visitor -> forEachMoment(visitor, Preconditioner::writeMoments));
    if (first) {
      renew();
    }
    final List<Double> levels = levels();
    averages.restoreInto(
        steps,
        visitor -> {
          for (int i = 0; i < momenta.size(); i++) {
            visitor.visit("momentum." + i, momenta.get(i), settings.momentum());
            momenta.get(i).muli(levels.get(i) > 0 ? 1 / levels.get(i) : 0);
          }
        });
  }

  @Override
  public void renew() {
    if (steps > 0) {
      sections.forEach(section -> section.renew(steps));
    }
  }

  private void forEachMoment(
      final AverageVisitor visitor,
      final BiConsumer<Preconditioner, BiConsumer<String, NDArray>> forEachMoment) {
    for (int r = 0; r < sections.size(); r++) {
      final String prefix = prefix(r);
      forEachMoment.accept(
          sections.get(r), (name, array) -> visitor.visit(prefix + name, array, settings.decay()));
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
    for (int r = 0; r < sections.size(); r++) {
      sections.get(r).save(prefix(r), state);
    }
    return state;
  }

  @Override
  public void restore(final Map<String, HostTensor> state) {
    steps = TensorCopies.longAt(state, "steps");
    for (int i = 0; i < momenta.size(); i++) {
      TensorCopies.restore(momenta.get(i), state, "momentum." + i);
    }
    forEachArray((name, array) -> TensorCopies.restore(array, state, name));
    for (int r = 0; r < sections.size(); r++) {
      sections.get(r).restore(prefix(r), state);
    }
  }

  private static String prefix(final int section) {
    return "section." + section + ".";
  }

  private void forEachArray(final BiConsumer<String, NDArray> action) {
    for (int r = 0; r < sections.size(); r++) {
      final String prefix = prefix(r);
      sections.get(r).forEachArray((name, array) -> action.accept(prefix + name, array));
    }
  }
}
