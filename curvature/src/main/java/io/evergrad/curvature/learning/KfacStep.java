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
import io.evergrad.curvature.network.ExampleGradients.Factors;
import io.evergrad.curvature.network.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * K-FAC (Martens and Grosse 2015, the block-diagonal form) for one layer's [W b]: with A and B
 * moving averages of E[a aᵀ] and E[d dᵀ] over labels drawn from the model (Section 3), [W b] ← [W
 * b] − η (B + √λ/π I)⁻¹ Ḡ (A + π√λ I)⁻¹, π² = (tr A / n) / (tr B / u) (Section 6.3). A layer's
 * places count as independent (Grosse and Martens 2016).
 *
 * <p>Not the paper's: Ḡ is the gradient's moving average, where the paper chooses momentum and step
 * length by the exact quadratic model; and λ is the damping times the largest eigenvalue of B ⊗ A,
 * where the paper adapts an absolute one. Where the block limit cuts a factor, the coupling between
 * its ranges is dropped.
 *
 * <p>Symbols: Ḡ, {@code momentum}; A and B, {@code Side.moment} of inputs and units, each with
 * decay β = {@link LearnerSettings#decay()}; 1 − βᵏ after k samples, {@code mass}: the next one
 * enters by (1 − β) / (1 − βᵏ), which is 1 for the first.
 */
final class KfacStep implements LayerStep {
  private final LearnerSettings settings;
  private final LinearAlgebra algebra;
  private final Layer layer;
  private final NDArray momentum;
  private final NDArray mass;
  private final Side units;
  private final Side inputs;

  /** A factor, and its damped inverse. */
  private record Side(BlockDiagonal moment, BlockDiagonal inverse) {}

  KfacStep(
      final LearnerSettings settings,
      final Layer layer,
      final NDManager manager,
      final LinearAlgebra algebra) {
    this.settings = settings;
    this.algebra = algebra;
    this.layer = layer;
    momentum = manager.zeros(new Shape(layer.units(), layer.columns()));
    mass = manager.zeros(new Shape(1));
    units = side(manager, layer.units());
    inputs = side(manager, layer.columns());
  }

  private Side side(final NDManager manager, final int length) {
    final List<Range> ranges = Range.cut(length, settings.blockLimit());
    return new Side(
        BlockDiagonal.zeros(manager, ranges, DataType.FLOAT32),
        BlockDiagonal.zeros(manager, ranges, DataType.FLOAT32));
  }

  @Override
  public void observe(final ExampleGradients sampled) {
    final Factors of = AffineMaps.factors(layer, sampled);
    mass.muli(settings.decay()).addi(1 - settings.decay());
    final double share = (1 - settings.decay()) / mass.toFloatArray()[0];
    final double examples = sampled.examples();
    average(inputs, of.columns(), share, examples * of.places());
    average(units, of.rows(), share, examples * sampled.predictions());
  }

  private static void average(
      final Side side, final NDArray places, final double share, final double count) {
    final NDArray rows = places.reshape(new Shape(-1, places.getShape().get(2)));
    side.moment().accumulate(1 - share, side.moment().products(rows, rows), share / count);
  }

  @Override
  public int step(final NDList parameters, final NDList gradient, final long steps) {
    momentum
        .muli(settings.momentum())
        .addi(AffineMaps.join(layer, gradient).mul(1 - settings.momentum()));
    final int interval = settings.updateInterval();
    if (steps <= interval || (steps - 1) % interval == 0) {
      renew(steps);
    }
    final NDArray left = units.inverse().after(momentum.transpose()).transpose();
    final double rate = settings.learningRate() / (1 - Math.pow(settings.momentum(), steps));
    AffineMaps.subtract(layer, parameters, inputs.inverse().after(left), rate);
    return 0;
  }

  @Override
  public void renew(final long steps) {
    try (NDManager scope = momentum.getManager().newSubManager()) {
      final List<Spectrum> a = spectra(scope, inputs);
      final List<Spectrum> b = spectra(scope, units);
      final double damping = settings.damping() * largest(a) * largest(b);
      final double ratio = (trace(a) / layer.columns()) / (trace(b) / layer.units());
      invert(inputs, a, Math.sqrt(damping * ratio));
      invert(units, b, Math.sqrt(damping / ratio));
    }
  }

  private List<Spectrum> spectra(final NDManager scope, final Side side) {
    final List<Spectrum> spectra = new ArrayList<>();
    for (final NDArray block : side.moment().blocks()) {
      spectra.add(Spectra.spectrum(scope, algebra, block));
    }
    return spectra;
  }

  private static double largest(final List<Spectrum> spectra) {
    return spectra.stream()
        .mapToDouble(s -> s.values().max().toDoubleArray()[0])
        .max()
        .orElseThrow();
  }

  private static double trace(final List<Spectrum> spectra) {
    return spectra.stream().mapToDouble(s -> s.values().sum().toDoubleArray()[0]).sum();
  }

  /** (X + floor I)⁻¹; zero where nothing is known of the curvature, so that no step is taken. */
  private static void invert(final Side side, final List<Spectrum> spectra, final double floor) {
    for (int i = 0; i < spectra.size(); i++) {
      final NDArray inverse = side.inverse().blocks().get(i).muli(0);
      if (floor > 0 && Double.isFinite(floor)) {
        final NDArray vectors = spectra.get(i).vectors();
        final NDArray powers = spectra.get(i).values().maximum(0).add(floor).pow(-1);
        inverse.addi(
            vectors.mul(powers).matMul(vectors.transpose()).toType(DataType.FLOAT32, true));
      }
    }
  }

  @Override
  public void forEachAverage(final AverageVisitor visitor) {
    final int leaf = layer.weight();
    visitor.visit("momentum." + leaf, momentum, settings.momentum());
    visitor.visit("mass." + leaf, mass, 0);
    inputs
        .moment()
        .forEachArray("inputs.moment." + leaf, (name, array) -> visitor.visit(name, array, 0));
    units
        .moment()
        .forEachArray("units.moment." + leaf, (name, array) -> visitor.visit(name, array, 0));
  }

  @Override
  public void forEachDerived(final BiConsumer<String, NDArray> action) {
    inputs.inverse().forEachArray("inputs.inverse." + layer.weight(), action);
    units.inverse().forEachArray("units.inverse." + layer.weight(), action);
  }
}
