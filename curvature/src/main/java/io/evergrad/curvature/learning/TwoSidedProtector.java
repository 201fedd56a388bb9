/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.blocks.Spectra;
import io.evergrad.curvature.kinds.Kind;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.linalg.LinearAlgebra.Spectrum;
import io.evergrad.curvature.network.DenseFactors;
import io.evergrad.curvature.network.Mlp;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * The two-sided form of the precision, layer by layer: the Fisher averaged over O(units) acting on
 * a layer's output axis is I ⊗ A, over O(inputs + 1) on its input axis (the bias an input that is
 * always one) B ⊗ I; Λ = B ⊗ A / s with s such that its trace is the Fisher's.
 *
 * <p>Symbols: A = E[‖d‖² a aᵀ] / units, {@code Side.fisher} of {@code in}; B = E[‖a‖² d dᵀ] /
 * (inputs + 1), of {@code out}; s = tr B / units. Over tasks ΣN·A and ΣN·B are kept; the strength λ
 * multiplies their mean.
 */
final class TwoSidedProtector implements Protector {
  private final LearnerSettings settings;
  private final LinearAlgebra algebra;
  private final List<Layer> layers = new ArrayList<>();
  private final Evidence evidence = new Evidence();

  /** One factor: running Fisher, sum over tasks, and the sum's eigenvectors. */
  private record Side(NDArray fisher, NDArray sum, NDArray basis) {}

  /**
   * One layer: both factors, the anchor [W b] and what the proximal step keeps of each direction.
   */
  private record Layer(Side in, Side out, NDArray anchor, NDArray kept) {}

  TwoSidedProtector(
      final LearnerSettings settings,
      final Mlp network,
      final NDManager manager,
      final LinearAlgebra algebra) {
    this.settings = settings;
    this.algebra = algebra;
    for (int l = 0; l < network.layers(); l++) {
      final long units = network.leaves().get(2 * l).shape().get(0);
      final long inputs = network.leaves().get(2 * l).shape().get(1) + 1L;
      layers.add(
          new Layer(
              side(manager, inputs),
              side(manager, units),
              manager.zeros(new Shape(units, inputs)),
              manager.zeros(new Shape(units, inputs))));
    }
  }

  private static Side side(final NDManager manager, final long n) {
    final Shape shape = new Shape(n, n);
    return new Side(
        manager.zeros(shape), manager.zeros(shape, DataType.FLOAT64), manager.zeros(shape));
  }

  @Override
  public void observe(final DenseFactors sampled) {
    evidence.sampled();
    final int[] rows = {1};
    for (int l = 0; l < layers.size(); l++) {
      final Layer layer = layers.get(l);
      final NDArray d = sampled.derivatives().get(l);
      final NDArray a = AffineMaps.withOnes(sampled.inputs().get(l));
      final double scale = (1 - Evidence.FISHER_DECAY) / sampled.examples();
      average(layer.in().fisher(), a, d.square().sum(rows, true), scale / d.getShape().get(1));
      average(layer.out().fisher(), d, a.square().sum(rows, true), scale / a.getShape().get(1));
    }
  }

  private static void average(
      final NDArray target, final NDArray rows, final NDArray weights, final double scale) {
    target.muli(Evidence.FISHER_DECAY).addi(rows.mul(weights).transpose().matMul(rows).muli(scale));
  }

  @Override
  public void consolidate(final NDList parameters, final long examples) {
    if (!evidence.any()) {
      return;
    }
    final double correction = evidence.consolidate(examples, settings.retention());
    for (int l = 0; l < layers.size(); l++) {
      final Layer layer = layers.get(l);
      add(layer.in(), correction);
      add(layer.out(), correction);
      layer.anchor().muli(0).addi(AffineMaps.join(parameters.subList(2 * l, 2 * l + 2)));
      factorise(layer);
    }
  }

  private void add(final Side side, final double scale) {
    side.sum()
        .muli(settings.retention())
        .addi(side.fisher().toType(DataType.FLOAT64, true).muli(scale));
    side.fisher().muli(0);
  }

  private void factorise(final Layer layer) {
    try (NDManager scope = layer.anchor().getManager().newSubManager()) {
      final Spectrum in = algebra.eigh(Spectra.symmetrise(scope, layer.in().sum()));
      final Spectrum out = algebra.eigh(Spectra.symmetrise(scope, layer.out().sum()));
      final double traceOut = out.values().sum().getDouble();
      if (!Double.isFinite(traceOut)) {
        throw new ArithmeticException("the precision is not finite: the loss has diverged");
      }
      layer.in().basis().muli(0).addi(in.vectors().toType(DataType.FLOAT32, true));
      layer.out().basis().muli(0).addi(out.vectors().toType(DataType.FLOAT32, true));
      final long units = layer.anchor().getShape().get(0);
      final double scale =
          traceOut > 0
              ? settings.learningRate()
                  * settings.strength()
                  * units
                  / (traceOut * evidence.weight())
              : 0;
      final NDArray strength =
          out.values()
              .maximum(0)
              .reshape(new Shape(-1, 1))
              .mul(in.values().maximum(0).reshape(new Shape(1, -1)))
              .mul(scale);
      layer.kept().muli(0).addi(strength.add(1).pow(-1).toType(DataType.FLOAT32, true));
    }
  }

  @Override
  public void pull(final NDList parameters) {
    if (evidence.weight() == 0 || settings.strength() == 0) {
      return;
    }
    for (int l = 0; l < layers.size(); l++) {
      final Layer layer = layers.get(l);
      final NDArray in = layer.in().basis();
      final NDArray out = layer.out().basis();
      final NDArray away =
          AffineMaps.join(parameters.subList(2 * l, 2 * l + 2)).subi(layer.anchor());
      final NDArray kept = out.transpose().matMul(away).matMul(in).muli(layer.kept());
      final NDArray result = out.matMul(kept).matMul(in.transpose()).addi(layer.anchor());
      final NDList moved = AffineMaps.split(result);
      parameters.get(2 * l).muli(0).addi(moved.get(0));
      parameters.get(2 * l + 1).muli(0).addi(moved.get(1));
    }
  }

  /**
   * The section's part of A for an output axis, of B for an input axis, where the section is one
   * layer.
   */
  @Override
  public Optional<NDArray> blockOn(final Schemes.Section section, final Kind kind) {
    return section
        .averaged()
        .flatMap(axis -> factorOn(section.firstLeaf() / 2, axis))
        .map(
            factor -> {
              final String range =
                  kind.firstCopy() + ":" + (kind.firstCopy() + kind.multiplicity());
              return factor.get(range + ", " + range);
            });
  }

  @Override
  public Optional<NDArray> factorOn(final int layer, final AffineMaps.Axis averaged) {
    if (evidence.weight() == 0) {
      return Optional.empty();
    }
    final Layer of = layers.get(layer);
    final NDArray sum = (averaged == AffineMaps.Axis.OUTPUT ? of.in() : of.out()).sum();
    return Optional.of(sum.div(evidence.weight()).toType(DataType.FLOAT32, true));
  }

  @Override
  public NDList arrays() {
    final NDList arrays = new NDList();
    forEachArray((name, array) -> arrays.add(array));
    return arrays;
  }

  @Override
  public SortedMap<String, HostTensor> state() {
    final SortedMap<String, HostTensor> state = new TreeMap<>();
    evidence.writeTo(state);
    forEachArray((name, array) -> state.put(name, TensorCopies.toHost(array)));
    return state;
  }

  @Override
  public void restore(final Map<String, HostTensor> state) {
    evidence.readFrom(state);
    forEachArray((name, array) -> TensorCopies.restore(array, state, name));
  }

  private void forEachArray(final BiConsumer<String, NDArray> action) {
    for (int l = 0; l < layers.size(); l++) {
      final Layer layer = layers.get(l);
      final String prefix = "layer" + (l + 1) + ".";
      action.accept(prefix + "anchor", layer.anchor());
      action.accept(prefix + "kept", layer.kept());
      forEachArray(prefix + "inputs.", layer.in(), action);
      forEachArray(prefix + "units.", layer.out(), action);
    }
  }

  private static void forEachArray(
      final String prefix, final Side side, final BiConsumer<String, NDArray> action) {
    action.accept(prefix + "fisher", side.fisher());
    action.accept(prefix + "sum", side.sum());
    action.accept(prefix + "basis", side.basis());
  }

  @Override
  public boolean active() {
    return settings.strength() > 0 || settings.memory() > 0;
  }
}
