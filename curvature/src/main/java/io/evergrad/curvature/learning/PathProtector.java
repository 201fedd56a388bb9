/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.evergrad.curvature.network.ExampleGradients;
import java.util.function.BiConsumer;
import java.util.function.IntSupplier;

/**
 * Synaptic intelligence (Zenke, Poole and Ganguli 2017): how much each parameter's own movement has
 * lowered the loss, ω ← ω − gΔθ over the steps of a task (Eq. 3), and at its end Ω ← γΩ + max(ω, 0)
 * / ((θ − μ)² + ξ) (Eq. 5; negative ω count as zero, as in the authors' code). The penalty cΩ(θ −
 * μ)² is applied as a proximal step, with strength λ = 2c:
 *
 * <p>θ ← μ + (θ − μ) / (1 + ηλΩ)
 *
 * <p>As in the paper Ω is a sum over tasks, not a mean. g is the gradient of the loss without the
 * penalty; Δθ is what the step did, penalty included. The path is of one trajectory, so it is not
 * merged with others.
 *
 * <p>Symbols: ω, {@code path}; Ω, {@code importance}; μ, θ at the end of the last task, {@code
 * anchor}; ξ = {@value #XI}, the paper's for permuted images.
 */
final class PathProtector implements Protector {
  private static final double XI = 0.1;

  private final LearnerSettings settings;
  private final NDList path = new NDList();
  private final NDList importance = new NDList();
  private final NDList anchor = new NDList();
  private final Evidence evidence = new Evidence();

  /**
   * @param parameters θ at the beginning of the first task
   */
  PathProtector(final LearnerSettings settings, final NDManager manager, final NDList parameters) {
    this.settings = settings;
    for (final NDArray parameter : parameters) {
      path.add(manager.zeros(parameter.getShape()));
      importance.add(manager.zeros(parameter.getShape()));
      anchor.add(manager.zeros(parameter.getShape()).addi(parameter));
    }
  }

  @Override
  public int guard(
      final NDList parameters, final NDList gradient, final int pulled, final IntSupplier step) {
    final NDList before = new NDList();
    parameters.forEach(parameter -> before.add(parameter.duplicate()));
    final NDList kept = new NDList();
    gradient.forEach(array -> kept.add(array.duplicate()));
    final int retries = Protector.super.guard(parameters, gradient, pulled, step);
    for (int i = 0; i < path.size(); i++) {
      path.get(i).subi(parameters.get(i).sub(before.get(i)).muli(kept.get(i)));
    }
    return retries;
  }

  /** It needs none. */
  @Override
  public void observe(final ExampleGradients sampled) {}

  @Override
  public void consolidate(final NDList parameters, final long examples) {
    evidence.add(examples, settings.retention());
    accumulate(settings.retention(), 1);
    settle(parameters);
  }

  @Override
  public Evidence evidence() {
    return evidence;
  }

  /** Ω ← kept·Ω; {@link #settle}, which knows where the task has led, adds to it. */
  @Override
  public void accumulate(final double kept, final double factor) {
    importance.forEach(array -> array.muli(kept));
  }

  @Override
  public void settle(final NDList parameters) {
    for (int i = 0; i < path.size(); i++) {
      final NDArray moved = parameters.get(i).sub(anchor.get(i)).square().addi(XI);
      importance.get(i).addi(path.get(i).maximum(0).divi(moved));
      path.get(i).muli(0);
      anchor.get(i).muli(0).addi(parameters.get(i));
    }
  }

  @Override
  public void derive() {}

  @Override
  public void forEachFisher(final BiConsumer<String, NDArray> action) {
    for (int i = 0; i < path.size(); i++) {
      action.accept("path." + i, path.get(i));
    }
  }

  @Override
  public void forEachPosterior(final BiConsumer<String, NDArray> action) {
    for (int i = 0; i < anchor.size(); i++) {
      action.accept("importance." + i, importance.get(i));
      action.accept("anchor." + i, anchor.get(i));
    }
  }

  @Override
  public void pull(final NDList parameters, final int steps) {
    if (evidence.weight() == 0 || settings.strength() == 0) {
      return;
    }
    final double scale = settings.proximalWeight(steps);
    DiagonalPull.towards(anchor, importance, scale, parameters);
  }

  @Override
  public NDList arrays() {
    return new NDList(path).addAll(importance).addAll(anchor);
  }

  @Override
  public boolean active() {
    return false;
  }
}
