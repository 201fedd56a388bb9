/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.evergrad.curvature.network.ExampleGradients;
import java.util.function.BiConsumer;

/**
 * Elastic weight consolidation (Kirkpatrick et al. 2017): the Fisher's exact diagonal over
 * per-example gradients, applied as a proximal step. The strength multiplies the mean over tasks, Λ
 * / ΣN. With a retention γ below 1 it is online EWC (Schwarz et al. 2018): Λ ← γΛ + F and one
 * anchor, that of the latest task.
 */
final class DiagonalProtector implements Protector {
  private final LearnerSettings settings;
  private final NDList fisher = new NDList();
  private final NDList precision = new NDList();
  private final NDList anchor = new NDList();
  private final Evidence evidence = new Evidence();

  DiagonalProtector(
      final LearnerSettings settings, final NDManager manager, final NDList parameters) {
    this.settings = settings;
    for (final NDArray parameter : parameters) {
      fisher.add(manager.zeros(parameter.getShape()));
      precision.add(manager.zeros(parameter.getShape()));
      anchor.add(manager.zeros(parameter.getShape()));
    }
  }

  @Override
  public void observe(final ExampleGradients sampled) {
    evidence.sampled();
    final NDList squares = sampled.meanSquares();
    for (int i = 0; i < fisher.size(); i++) {
      fisher
          .get(i)
          .muli(Evidence.FISHER_DECAY)
          .addi(squares.get(i).muli(1 - Evidence.FISHER_DECAY));
    }
  }

  @Override
  public void consolidate(final NDList parameters, final long examples) {
    if (!evidence.any()) {
      return;
    }
    accumulate(settings.retention(), evidence.consolidate(examples, settings.retention()));
    settle(parameters);
  }

  @Override
  public Evidence evidence() {
    return evidence;
  }

  @Override
  public void accumulate(final double kept, final double factor) {
    for (int i = 0; i < precision.size(); i++) {
      precision.get(i).muli(kept).addi(fisher.get(i).mul(factor));
    }
  }

  @Override
  public void settle(final NDList parameters) {
    for (int i = 0; i < anchor.size(); i++) {
      fisher.get(i).muli(0);
      anchor.get(i).muli(0).addi(parameters.get(i));
    }
  }

  @Override
  public void derive() {}

  @Override
  public void forEachFisher(final BiConsumer<String, NDArray> action) {
    for (int i = 0; i < fisher.size(); i++) {
      action.accept("fisher." + i, fisher.get(i));
    }
  }

  @Override
  public void forEachPosterior(final BiConsumer<String, NDArray> action) {
    for (int i = 0; i < anchor.size(); i++) {
      action.accept("precision." + i, precision.get(i));
      action.accept("anchor." + i, anchor.get(i));
    }
  }

  @Override
  public void pull(final NDList parameters, final int steps) {
    if (evidence.weight() == 0 || settings.strength() == 0) {
      return;
    }
    final double scale = settings.proximalWeight(steps) / evidence.weight();
    DiagonalPull.towards(anchor, precision, scale, parameters);
  }

  @Override
  public NDList arrays() {
    return new NDList(fisher).addAll(precision).addAll(anchor);
  }

  @Override
  public boolean active() {
    return settings.strength() > 0;
  }
}
