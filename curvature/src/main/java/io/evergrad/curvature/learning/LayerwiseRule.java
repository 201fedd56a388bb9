/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.evergrad.curvature.network.Network;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** The baselines: a rule that moves each layer, or each tensor, by itself. */
final class LayerwiseRule implements LearningRule {
  private final List<LayerStep> layers;
  private long steps;

  private LayerwiseRule(final List<LayerStep> layers) {
    this.layers = layers;
  }

  /** The baseline that the settings ask for. */
  static LayerwiseRule of(
      final LearnerSettings settings,
      final Network network,
      final NDManager manager,
      final NDList parameters) {
    return new LayerwiseRule(
        switch (settings.rule()) {
          case SGD -> leaves(parameters, i -> new SgdStep(settings, i, parameters.get(i), manager));
          case ADAM, ADAMW ->
              leaves(
                  parameters,
                  i ->
                      new AdamStep(
                          settings, settings.learningRate(), i, parameters.get(i), manager));
          case SYMMETRY -> throw new IllegalArgumentException("SYMMETRY is no layerwise rule");
        });
  }

  private static List<LayerStep> leaves(
      final NDList parameters, final IntFunction<LayerStep> step) {
    return IntStream.range(0, parameters.size()).mapToObj(step).toList();
  }

  @Override
  public int step(final NDList parameters, final NDList gradient) {
    steps++;
    int retries = 0;
    for (final LayerStep layer : layers) {
      retries += layer.step(parameters, gradient, steps);
    }
    return retries;
  }

  @Override
  public NDList arrays() {
    final NDList arrays = new NDList();
    forEachArray((name, array) -> arrays.add(array));
    return arrays;
  }

  @Override
  public Averages averages() {
    final SortedMap<String, HostTensor> tensors = new TreeMap<>();
    forEachAverage(
        (name, array, decay) ->
            tensors.put(
                name,
                TensorCopies.toHost(steps == 0 ? array : array.div(1 - Math.pow(decay, steps)))));
    return new Averages(steps, tensors);
  }

  @Override
  public void adopt(final Averages averages) {
    if (averages.steps() == 0) {
      return;
    }
    final boolean first = steps == 0;
    steps = Math.max(steps, averages.steps());
    forEachAverage(
        (name, array, decay) -> {
          TensorCopies.restore(array, averages.tensors(), name);
          array.muli(1 - Math.pow(decay, steps));
        });
    if (first) {
      renew();
    }
  }

  @Override
  public void renew() {
    if (steps > 0) {
      layers.forEach(layer -> layer.renew(steps));
    }
  }

  @Override
  public SortedMap<String, HostTensor> state() {
    final SortedMap<String, HostTensor> state = new TreeMap<>();
    state.put("steps", TensorCopies.ofLong(steps));
    forEachArray((name, array) -> state.put(name, TensorCopies.toHost(array)));
    return state;
  }

  @Override
  public void restore(final Map<String, HostTensor> state) {
    steps = TensorCopies.longAt(state, "steps");
    forEachArray((name, array) -> TensorCopies.restore(array, state, name));
  }

  private void forEachAverage(final LayerStep.AverageVisitor visitor) {
    layers.forEach(layer -> layer.forEachAverage(visitor));
  }

  private void forEachArray(final BiConsumer<String, NDArray> action) {
    forEachAverage((name, array, decay) -> action.accept(name, array));
    layers.forEach(layer -> layer.forEachDerived(action));
  }
}
