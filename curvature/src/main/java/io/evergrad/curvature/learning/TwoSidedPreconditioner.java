/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.evergrad.curvature.network.Layer;
import io.evergrad.curvature.network.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Each layer of a network by its own {@link TwoSidedCurvature}, all in one {@link TwoSidedStep}.
 */
final class TwoSidedPreconditioner implements Preconditioner {
  private final List<TwoSidedCurvature> layers = new ArrayList<>();
  private final TwoSidedMoments moments;
  private final StepLimit limit;
  private final TwoSidedStep step;

  /**
   * @param parameters θ, one array a leaf
   * @param momenta of θ's shapes
   * @param protector whose precision is remembered
   */
  TwoSidedPreconditioner(
      final LearnerSettings settings,
      final Network network,
      final NDList parameters,
      final NDList momenta,
      final NDManager manager,
      final Protector protector) {
    final List<LayerRoots> roots = new ArrayList<>();
    for (int l = 0; l < network.layers().size(); l++) {
      final Layer layer = network.layers().get(l);
      roots.add(new LayerRoots(manager, layer, settings.blockLimit(), settings.rootRank()));
      layers.add(new TwoSidedCurvature(settings, layer, l, roots.get(l), manager, protector));
    }
    moments =
        new TwoSidedMoments(
            network.layers(),
            layers.stream().map(TwoSidedCurvature::inputs).toList(),
            layers.stream().map(TwoSidedCurvature::units).toList(),
            manager);
    limit = new StepLimit(layers.size());
    step = new TwoSidedStep(roots, parameters, momenta, settings.momentum(), limit, manager);
  }

  @Override
  public void accumulate(final NDList gradient, final double decay) {
    moments.accumulate(gradient, decay);
  }

  @Override
  public int renew(final long steps) {
    final double[] before = step.layerLevels();
    final int kept = layers.stream().mapToInt(layer -> layer.renew(steps)).sum();
    step.rootsChanged();
    step.carryOver(before);
    limit.reset();
    return kept;
  }

  @Override
  public void step(final NDList gradient, final double rate, final double loss, final long before) {
    step.take(gradient, rate, loss, before);
  }

  @Override
  public List<Double> levels() {
    return step.leafLevels();
  }

  @Override
  public void readMoments(final BiConsumer<String, NDArray> reader) {
    for (int l = 0; l < layers.size(); l++) {
      layers.get(l).readMoments(named(l, reader));
    }
  }

  @Override
  public void writeMoments(final BiConsumer<String, NDArray> writer) {
    for (int l = 0; l < layers.size(); l++) {
      layers.get(l).writeMoments(named(l, writer));
    }
    limit.reset();
  }

  @Override
  public void save(final String prefix, final Map<String, HostTensor> state) {
    limit.save(prefix, state);
  }

  @Override
  public void restore(final String prefix, final Map<String, HostTensor> state) {
    limit.restore(prefix, state);
  }

  @Override
  public NDList borrowed() {
    return new NDList();
  }

  /** Who visits the roots may change them. */
  @Override
  public void forEachArray(final BiConsumer<String, NDArray> action) {
    for (int l = 0; l < layers.size(); l++) {
      layers.get(l).forEachArray(named(l, action));
    }
    step.rootsChanged();
  }

  private static BiConsumer<String, NDArray> named(
      final int layer, final BiConsumer<String, NDArray> action) {
    return (name, array) -> action.accept("layer." + layer + "." + name, array);
  }
}
