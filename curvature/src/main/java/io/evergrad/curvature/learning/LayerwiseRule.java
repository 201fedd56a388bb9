/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.network.ExampleGradients;
import io.evergrad.curvature.network.Layer;
import io.evergrad.curvature.network.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** The baselines: a rule that moves each layer, or each tensor, by itself. */
final class LayerwiseRule implements LearningRule {
  /**
   * η of Adam, which Muon leaves embeddings, the last layer and vectors to, as a part of Muon's
   * own.
   */
  private static final double MUONS_ADAM = 0.1;

  private final List<LayerStep> layers;
  private final LearnerSettings.Rule rule;
  private final NDList parameters;
  private long steps;

  private LayerwiseRule(
      final List<LayerStep> layers, final LearnerSettings.Rule rule, final NDList parameters) {
    this.layers = layers;
    this.rule = rule;
    this.parameters = parameters;
  }

  /** The baseline that the settings ask for. */
  static LayerwiseRule of(
      final LearnerSettings settings,
      final Network network,
      final NDManager manager,
      final LinearAlgebra algebra,
      final NDList parameters) {
    final IntFunction<LayerStep> adam =
        leaf ->
            new AdamStep(settings, settings.learningRate(), 0, List.of(leaf), parameters, manager);
    return new LayerwiseRule(
        switch (settings.rule()) {
          case SGD ->
              tensors(network, leaf -> new SgdStep(settings, leaf, parameters.get(leaf), manager));
          case ADAM, ADAMW ->
              List.of(
                  new AdamStep(
                      settings,
                      settings.learningRate(),
                      settings.weightDecay(),
                      leaves(network),
                      parameters,
                      manager));
          case MUON ->
              matrices(
                  network,
                  layer -> hidden(network, layer),
                  layer -> new MuonStep(settings, layer, manager),
                  leaf ->
                      new AdamStep(
                          settings,
                          settings.learningRate() * MUONS_ADAM,
                          0,
                          List.of(leaf),
                          parameters,
                          manager));
          case SHAMPOO ->
              matrices(
                  network,
                  layer -> true,
                  layer ->
                      new ShampooStep(settings, layer.weight(), layer.shape(), manager, algebra),
                  leaf ->
                      new ShampooStep(
                          settings,
                          leaf,
                          new Shape(parameters.get(leaf).size(), 1),
                          manager,
                          algebra));
          case SOAP ->
              matrices(
                  network,
                  layer -> true,
                  layer -> new SoapStep(settings, layer, manager, algebra),
                  adam);
          case KFAC ->
              network.layers().stream()
                  .<LayerStep>map(layer -> new KfacStep(settings, layer, manager, algebra))
                  .toList();
          case SYMMETRY -> throw new IllegalArgumentException("SYMMETRY is no layerwise rule");
        },
        settings.rule(),
        parameters);
  }

  private static List<Integer> leaves(final Network network) {
    return IntStream.range(0, network.leaves().size()).boxed().toList();
  }

  /** A step for each tensor. */
  private static List<LayerStep> tensors(
      final Network network, final IntFunction<LayerStep> tensor) {
    return leaves(network).stream().map(tensor::apply).toList();
  }

  /**
   * A step for each weight that is a matrix and chosen, and one for each other tensor.
   *
   * @param tensor step of the leaf of that index
   */
  private static List<LayerStep> matrices(
      final Network network,
      final Predicate<Layer> chosen,
      final Function<Layer, LayerStep> matrix,
      final IntFunction<LayerStep> tensor) {
    final List<LayerStep> steps = new ArrayList<>();
    for (final Layer layer : network.layers()) {
      final boolean whole = !layer.vector() && chosen.test(layer);
      steps.add(whole ? matrix.apply(layer) : tensor.apply(layer.weight()));
      if (layer.biased()) {
        steps.add(tensor.apply(layer.weight() + 1));
      }
    }
    return steps;
  }

  /** Whether it is neither the last matrix nor an embedding, by its name. */
  private static boolean hidden(final Network network, final Layer layer) {
    final List<Layer> matrices = network.layers().stream().filter(l -> !l.vector()).toList();
    return !layer.name().contains("embed") && !layer.equals(matrices.get(matrices.size() - 1));
  }

  @Override
  public int step(final NDList gradient, final double loss, final long taskSteps) {
    steps++;
    int retries = 0;
    for (final LayerStep layer : layers) {
      retries += layer.step(parameters, gradient, steps);
    }
    if (Subnormals.due(steps)) {
      Subnormals.clear(averaged());
    }
    return retries;
  }

  @Override
  public boolean samples() {
    return rule == LearnerSettings.Rule.KFAC;
  }

  @Override
  public boolean decays() {
    return rule == LearnerSettings.Rule.ADAM || rule == LearnerSettings.Rule.ADAMW;
  }

  @Override
  public void observe(final ExampleGradients sampled) {
    layers.forEach(layer -> layer.observe(sampled));
  }

  @Override
  public NDList arrays() {
    final NDList arrays = new NDList();
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

  private NDList averaged() {
    final NDList arrays = new NDList();
    forEachAverage((name, array, decay) -> arrays.add(array));
    return arrays;
  }

  private void forEachAverage(final AverageVisitor visitor) {
    layers.forEach(layer -> layer.forEachAverage(visitor));
  }

  private void forEachArray(final BiConsumer<String, NDArray> action) {
    forEachAverage((name, array, decay) -> action.accept(name, array));
    layers.forEach(layer -> layer.forEachDerived(action));
  }
}
