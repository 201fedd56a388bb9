/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.blocks.Spectra;
import io.evergrad.curvature.kinds.Range;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.linalg.LinearAlgebra.Spectrum;
import io.evergrad.curvature.network.ExampleGradients;
import io.evergrad.curvature.network.Layer;
import io.evergrad.curvature.network.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.IntSupplier;

/**
 * Orthogonal weights modification (Zeng et al. 2019): from the second task on a layer's step ΔW
 * becomes ΔW P, which leaves what earlier tasks' inputs x̄ lead to nearly unchanged. x̄ is the mean
 * input of a micro-batch, over its examples and places, with a one for the bias.
 *
 * <p>The paper's recursion over micro-batches, P ← P − P x̄ x̄ᵀP / (α + x̄ᵀP x̄) from P = I, is by
 * Sherman and Morrison P⁻¹ ← P⁻¹ + x̄ x̄ᵀ/α; so P = (I + λ Σ x̄ x̄ᵀ)⁻¹ with the strength λ = 1/α,
 * the sum discounted by the retention γ at each end of a task (paper: γ = 1). The inputs are those
 * of the learner on its way, of each micro-batch of which a Fisher sample is taken (the paper
 * passes over the task once more with the final weights).
 *
 * <p>What is projected is the learning rule's whole step: the same as projecting the gradient, as
 * the paper does, for SGD, whose step is linear in gradients, and a projection with every other
 * rule too. Where the block limit cuts an input axis, the coupling between its ranges is dropped.
 */
final class ProjectionProtector implements Protector {
  private final LearnerSettings settings;
  private final LinearAlgebra algebra;
  private final List<Protected> layers = new ArrayList<>();
  private final Evidence evidence = new Evidence();

  /** One layer: Σ x̄ x̄ᵀ of this task, that of the tasks before it, and P. */
  private record Protected(
      Layer layer, BlockDiagonal task, BlockDiagonal sum, BlockDiagonal projection) {}

  ProjectionProtector(
      final LearnerSettings settings,
      final Network network,
      final NDManager manager,
      final LinearAlgebra algebra) {
    this.settings = settings;
    this.algebra = algebra;
    for (final Layer layer : network.layers()) {
      final List<Range> ranges = Range.cut(layer.columns(), settings.blockLimit());
      layers.add(
          new Protected(
              layer,
              BlockDiagonal.zeros(manager, ranges, DataType.FLOAT32),
              BlockDiagonal.zeros(manager, ranges, DataType.FLOAT64),
              BlockDiagonal.zeros(manager, ranges, DataType.FLOAT32)));
    }
  }

  @Override
  public void observe(final ExampleGradients sampled) {
    evidence.sampled();
    for (final Protected each : layers) {
      final NDArray inputs = AffineMaps.factors(each.layer(), sampled).columns();
      final NDArray mean =
          inputs.reshape(new Shape(-1, each.layer().columns())).mean(new int[] {0}, true);
      each.task().accumulate(1, each.task().products(mean, mean), 1);
    }
  }

  @Override
  public int guard(
      final NDList parameters, final NDList gradient, final int pulled, final IntSupplier step) {
    if (evidence.weight() == 0 || settings.strength() == 0) {
      return step.getAsInt();
    }
    final List<NDArray> before = new ArrayList<>();
    for (final Protected each : layers) {
      before.add(AffineMaps.join(each.layer(), parameters).duplicate());
    }
    final int retries = step.getAsInt();
    for (int l = 0; l < layers.size(); l++) {
      final Protected each = layers.get(l);
      final NDArray moved = AffineMaps.join(each.layer(), parameters).sub(before.get(l));
      AffineMaps.assign(
          each.layer(), parameters, each.projection().after(moved).add(before.get(l)));
    }
    return retries;
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

  /** Of sums, not of averages: the factor plays no part. */
  @Override
  public void accumulate(final double kept, final double factor) {
    layers.forEach(layer -> layer.sum().accumulate(kept, layer.task(), 1));
  }

  @Override
  public void settle(final NDList parameters) {
    forEachFisher((name, array) -> array.muli(0));
    derive();
  }

  @Override
  public void derive() {
    if (evidence.weight() == 0) {
      return;
    }
    for (final Protected layer : layers) {
      for (final Range range : layer.sum().ranges()) {
        final NDArray sum = layer.sum().on(range);
        try (NDManager scope = sum.getManager().newSubManager()) {
          final Spectrum spectrum = Spectra.spectrum(scope, algebra, sum);
          final NDArray kept = spectrum.values().maximum(0).mul(settings.strength()).add(1).pow(-1);
          final NDArray projection =
              spectrum.vectors().mul(kept).matMul(spectrum.vectors().transpose());
          layer.projection().on(range).muli(0).addi(projection.toType(DataType.FLOAT32, true));
        }
      }
    }
  }

  @Override
  public void forEachFisher(final BiConsumer<String, NDArray> action) {
    for (int l = 0; l < layers.size(); l++) {
      layers.get(l).task().forEachArray("layer" + (l + 1) + ".inputs.task", action);
    }
  }

  @Override
  public void forEachPosterior(final BiConsumer<String, NDArray> action) {
    for (int l = 0; l < layers.size(); l++) {
      layers.get(l).sum().forEachArray("layer" + (l + 1) + ".inputs.sum", action);
    }
  }

  /** Nothing: its steps are projected instead. */
  @Override
  public void pull(final NDList parameters, final int steps) {}

  @Override
  public NDList arrays() {
    final NDList arrays = new NDList();
    forEachFisher((name, array) -> arrays.add(array));
    forEachPosterior((name, array) -> arrays.add(array));
    layers.forEach(layer -> arrays.addAll(new NDList(layer.projection().blocks())));
    return arrays;
  }

  @Override
  public boolean active() {
    return settings.strength() > 0;
  }
}
