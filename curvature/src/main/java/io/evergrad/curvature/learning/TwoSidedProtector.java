/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.blocks.Spectra;
import io.evergrad.curvature.kinds.Kind;
import io.evergrad.curvature.kinds.Range;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.linalg.LinearAlgebra.Spectrum;
import io.evergrad.curvature.network.DenseFactors;
import io.evergrad.curvature.network.Mlp;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * The two-sided form of the precision, layer by layer: the Fisher averaged over O(units) acting on
 * a layer's output axis is I ⊗ A, over O(inputs + 1) on its input axis (the bias an input that is
 * always one) B ⊗ I; Λ = B ⊗ A / s with s such that its trace is the Fisher's.
 *
 * <p>Symbols: A = E[‖d‖² a aᵀ] / units, {@code Side.fisher} of {@code in}; B = E[‖a‖² d dᵀ] /
 * (inputs + 1), of {@code out}; s = tr B / units. Over tasks ΣN·A and ΣN·B are kept; the strength λ
 * multiplies their mean. Where the block limit cuts a factor, the coupling between its ranges is
 * dropped.
 */
final class TwoSidedProtector implements Protector {
  private final LearnerSettings settings;
  private final LinearAlgebra algebra;
  private final List<Layer> layers = new ArrayList<>();
  private final Evidence evidence = new Evidence();

  /** One factor: running Fisher, sum over tasks, and the sum's eigenvectors. */
  private record Side(BlockDiagonal fisher, BlockDiagonal sum, BlockDiagonal basis) {}

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
      final int units = network.leaves().get(2 * l).shape().get(0);
      final int inputs = network.leaves().get(2 * l).shape().get(1) + 1;
      layers.add(
          new Layer(
              side(manager, inputs),
              side(manager, units),
              manager.zeros(new Shape(units, inputs)),
              manager.zeros(new Shape(units, inputs))));
    }
  }

  private Side side(final NDManager manager, final int n) {
    final List<Range> ranges = Range.cut(n, settings.blockLimit());
    return new Side(
        BlockDiagonal.zeros(manager, ranges, DataType.FLOAT32),
        BlockDiagonal.zeros(manager, ranges, DataType.FLOAT64),
        BlockDiagonal.zeros(manager, ranges, DataType.FLOAT32));
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
      final BlockDiagonal target, final NDArray rows, final NDArray weights, final double scale) {
    target.accumulate(Evidence.FISHER_DECAY, target.products(rows.mul(weights), rows), scale);
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
    for (final Layer layer : layers) {
      layer.in().sum().accumulate(kept, layer.in().fisher(), factor);
      layer.out().sum().accumulate(kept, layer.out().fisher(), factor);
    }
  }

  @Override
  public void settle(final NDList parameters) {
    forEachFisher((name, array) -> array.muli(0));
    for (int l = 0; l < layers.size(); l++) {
      layers.get(l).anchor().muli(0).addi(AffineMaps.join(parameters.subList(2 * l, 2 * l + 2)));
    }
    derive();
  }

  @Override
  public void derive() {
    if (evidence.weight() > 0) {
      layers.forEach(this::factorise);
    }
  }

  private void factorise(final Layer layer) {
    try (NDManager scope = layer.anchor().getManager().newSubManager()) {
      final NDArray in = factorise(scope, layer.in());
      final NDArray out = factorise(scope, layer.out());
      final double traceOut = out.sum().getDouble();
      final double scale =
          traceOut > 0
              ? settings.learningRate()
                  * settings.strength()
                  * layer.out().sum().side()
                  / (traceOut * evidence.weight())
              : 0;
      final NDArray strength =
          out.reshape(new Shape(-1, 1)).mul(in.reshape(new Shape(1, -1))).mul(scale);
      layer.kept().muli(0).addi(strength.add(1).pow(-1).toType(DataType.FLOAT32, true));
    }
  }

  /** Keeps the sum's eigenvectors; returns its eigenvalues, range by range. */
  private NDArray factorise(final NDManager scope, final Side side) {
    final NDList values = new NDList();
    for (int i = 0; i < side.sum().blocks().size(); i++) {
      final Spectrum spectrum = Spectra.spectrum(scope, algebra, side.sum().blocks().get(i));
      side.basis().blocks().get(i).muli(0).addi(spectrum.vectors().toType(DataType.FLOAT32, true));
      values.add(spectrum.values().maximum(0));
    }
    return NDArrays.concat(values);
  }

  @Override
  public void pull(final NDList parameters) {
    if (evidence.weight() == 0 || settings.strength() == 0) {
      return;
    }
    for (int l = 0; l < layers.size(); l++) {
      final Layer layer = layers.get(l);
      final BlockDiagonal in = layer.in().basis();
      final BlockDiagonal out = layer.out().basis();
      final NDArray away =
          AffineMaps.join(parameters.subList(2 * l, 2 * l + 2)).subi(layer.anchor());
      final NDArray kept = out.after(in.after(away).transpose()).transpose().mul(layer.kept());
      final NDArray result =
          out.transpose()
              .after(in.transpose().after(kept).transpose())
              .transpose()
              .add(layer.anchor());
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
        .flatMap(axis -> factorOn(section.firstLeaf() / 2, axis, kind.range()));
  }

  @Override
  public Optional<NDArray> factorOn(
      final int layer, final AffineMaps.Axis averaged, final Range range) {
    if (evidence.weight() == 0) {
      return Optional.empty();
    }
    final Layer of = layers.get(layer);
    final NDArray sum = (averaged == AffineMaps.Axis.OUTPUT ? of.in() : of.out()).sum().on(range);
    return Optional.of(sum.div(evidence.weight()).toType(DataType.FLOAT32, true));
  }

  @Override
  public NDList arrays() {
    final NDList arrays = new NDList();
    forEachFisher((name, array) -> arrays.add(array));
    forEachPosterior((name, array) -> arrays.add(array));
    forEachFactor("basis", Side::basis, (name, array) -> arrays.add(array));
    layers.forEach(layer -> arrays.add(layer.kept()));
    return arrays;
  }

  @Override
  public void forEachFisher(final BiConsumer<String, NDArray> action) {
    forEachFactor("fisher", Side::fisher, action);
  }

  @Override
  public void forEachPosterior(final BiConsumer<String, NDArray> action) {
    forEachFactor("sum", Side::sum, action);
    for (int l = 0; l < layers.size(); l++) {
      action.accept("layer" + (l + 1) + ".anchor", layers.get(l).anchor());
    }
  }

  private void forEachFactor(
      final String name,
      final Function<Side, BlockDiagonal> factor,
      final BiConsumer<String, NDArray> action) {
    for (int l = 0; l < layers.size(); l++) {
      final String prefix = "layer" + (l + 1) + ".";
      factor.apply(layers.get(l).in()).forEachArray(prefix + "inputs." + name, action);
      factor.apply(layers.get(l).out()).forEachArray(prefix + "units." + name, action);
    }
  }

  @Override
  public boolean active() {
    return settings.strength() > 0 || settings.memory() > 0;
  }
}
