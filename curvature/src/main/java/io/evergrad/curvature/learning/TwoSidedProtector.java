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
import io.evergrad.curvature.network.ExampleGradients;
import io.evergrad.curvature.network.ExampleGradients.Factors;
import io.evergrad.curvature.network.Layer;
import io.evergrad.curvature.network.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.IntSupplier;

/**
 * The two-sided form of the precision, layer by layer: the Fisher averaged over O(units) acting on
 * a layer's output axis is I ⊗ A, over O(inputs + 1) on its input axis (the bias an input that is
 * always one) B ⊗ I; Λ = B ⊗ A / s with s such that its trace is the Fisher's.
 *
 * <p>Symbols: A = E[‖d‖² a aᵀ] / units, {@code Side.fisher} of {@code in}; B = E[‖a‖² d dᵀ] /
 * (inputs + 1), of {@code out}; s = tr B / units. Over tasks ΣN·A and ΣN·B are kept; the strength λ
 * multiplies their mean. Where the block limit cuts a factor, the coupling between its ranges is
 * dropped.
 *
 * <p>With {@link Factorisation#INDEPENDENT} the same form is Kronecker-factored Laplace (Ritter et
 * al. 2018): A = E[a aᵀ], B = E[d dᵀ] and s = 1.
 *
 * <p>With {@link Use#NATURAL} it is natural continual learning (Kao et al. 2021): θ ← θ − γ[Λ⁻¹∇ℓ +
 * (θ − μ)] with Λ of the mean example F + I/λ, I/λ the prior's. With P = (I + λF)⁻¹ and γλ = η that
 * is
 *
 * <p>θ ← θ − η[P ∇ℓ + (θ − μ)/λ]
 *
 * <p>What P is applied to is the learning rule's whole step: the same as the paper's gradient for
 * SGD, whose step is linear in gradients, and of use with every other rule too. The paper takes the
 * Kronecker product nearest to a sum over tasks; here the factors are summed.
 */
final class TwoSidedProtector implements Protector {
  private final LearnerSettings settings;
  private final LinearAlgebra algebra;
  private final Factorisation factorisation;
  private final Use use;
  private final List<Protected> layers = new ArrayList<>();
  private final Evidence evidence = new Evidence();

  /** What becomes of the precision. */
  private enum Use {
    /** It pulls the parameters back to the anchor. */
    PROXIMAL,
    /** Its inverse is applied to steps. */
    NATURAL
  }

  /** What a layer's Fisher E[d dᵀ ⊗ a aᵀ] is replaced by. */
  private enum Factorisation {
    /** By the product of its averages over the groups of both axes. */
    AVERAGED,
    /**
     * By E[d dᵀ] ⊗ E[a aᵀ], as if d and a were independent (Martens and Grosse 2015, Section 3),
     * and so were a layer's places (Grosse and Martens 2016).
     */
    INDEPENDENT
  }

  /** One factor: running Fisher, sum over tasks, and the sum's eigenvectors. */
  private record Side(BlockDiagonal fisher, BlockDiagonal sum, BlockDiagonal basis) {}

  /**
   * One layer: both factors, the anchor [W b] and what the proximal step keeps of each direction.
   */
  private record Protected(Layer layer, Side in, Side out, NDArray anchor, NDArray kept) {}

  TwoSidedProtector(
      final LearnerSettings settings,
      final Network network,
      final NDManager manager,
      final LinearAlgebra algebra) {
    this.settings = settings;
    this.algebra = algebra;
    factorisation =
        settings.protection() == LearnerSettings.Protection.SYMMETRY
            ? Factorisation.AVERAGED
            : Factorisation.INDEPENDENT;
    use = settings.protection() == LearnerSettings.Protection.NCL ? Use.NATURAL : Use.PROXIMAL;
    for (final Layer layer : network.layers()) {
      final Shape shape = new Shape(layer.units(), layer.columns());
      layers.add(
          new Protected(
              layer,
              side(manager, layer.columns()),
              side(manager, layer.units()),
              manager.zeros(shape),
              manager.zeros(shape)));
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
  public void observe(final ExampleGradients sampled) {
    evidence.sampled();
    final double scale =
        (1 - Evidence.FISHER_DECAY) / ((double) sampled.examples() * sampled.predictions());
    for (final Protected each : layers) {
      final Factors of = AffineMaps.factors(each.layer(), sampled);
      final NDArray a = of.columns();
      final NDArray d = of.rows();
      switch (factorisation) {
        case AVERAGED -> {
          average(each.in().fisher(), weighted(a, d), a, scale / each.layer().units());
          average(each.out().fisher(), weighted(d, a), d, scale / each.layer().columns());
        }
        case INDEPENDENT -> {
          average(each.in().fisher(), a, a, scale * sampled.predictions() / of.places());
          average(each.out().fisher(), d, d, scale);
        }
      }
    }
  }

  /** KᵢXᵢ, Kᵢ = YᵢYᵢᵀ: XᵢᵀKᵢXᵢ is an example's gradient XᵢᵀYᵢ times its transpose. */
  private static NDArray weighted(final NDArray x, final NDArray y) {
    return y.getShape().get(1) == 1
        ? x.mul(y.square().sum(new int[] {2}, true))
        : y.matMul(y.transpose(0, 2, 1)).matMul(x);
  }

  /** Takes Σ_i XᵢᵀYᵢ into a running average. */
  private static void average(
      final BlockDiagonal target, final NDArray x, final NDArray y, final double scale) {
    target.accumulate(Evidence.FISHER_DECAY, target.products(rows(x), rows(y)), scale);
  }

  private static NDArray rows(final NDArray places) {
    return places.reshape(new Shape(-1, places.getShape().get(2)));
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
    for (final Protected layer : layers) {
      layer.in().sum().accumulate(kept, layer.in().fisher(), factor);
      layer.out().sum().accumulate(kept, layer.out().fisher(), factor);
    }
  }

  @Override
  public void settle(final NDList parameters) {
    forEachFisher((name, array) -> array.muli(0));
    for (final Protected each : layers) {
      each.anchor().muli(0).addi(AffineMaps.join(each.layer(), parameters));
    }
    derive();
  }

  @Override
  public void derive() {
    if (evidence.weight() > 0) {
      layers.forEach(this::factorise);
    }
  }

  private void factorise(final Protected layer) {
    try (NDManager scope = layer.anchor().getManager().newSubManager()) {
      final NDArray in = factorise(scope, layer.in());
      final NDArray out = factorise(scope, layer.out());
      final double weight = use == Use.NATURAL ? settings.strength() : settings.proximalWeight();
      final double scale = weight * normaliser(out.sum().getDouble(), layer);
      final NDArray strength =
          out.reshape(new Shape(-1, 1)).mul(in.reshape(new Shape(1, -1))).mul(scale);
      layer.kept().muli(0).addi(strength.add(1).pow(-1).toType(DataType.FLOAT32, true));
    }
  }

  /** What ΣN·B ⊗ ΣN·A is multiplied by to give Λ/ΣN. */
  private double normaliser(final double traceOut, final Protected layer) {
    return switch (factorisation) {
      case AVERAGED -> traceOut > 0 ? layer.out().sum().side() / (traceOut * evidence.weight()) : 0;
      case INDEPENDENT -> 1 / (evidence.weight() * evidence.weight());
    };
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
  public int guard(
      final NDList parameters, final NDList gradient, final boolean pulls, final IntSupplier step) {
    if (use == Use.PROXIMAL || idle()) {
      return Protector.super.guard(parameters, gradient, pulls, step);
    }
    final List<NDArray> before = new ArrayList<>();
    for (final Protected each : layers) {
      before.add(AffineMaps.join(each.layer(), parameters).duplicate());
    }
    final int retries = step.getAsInt();
    final double decay = settings.learningRate() / settings.strength();
    for (int l = 0; l < layers.size(); l++) {
      final Protected each = layers.get(l);
      final NDArray start = before.get(l);
      final NDArray moved = AffineMaps.join(each.layer(), parameters).sub(start);
      final NDArray back = start.sub(each.anchor()).muli(decay);
      AffineMaps.assign(each.layer(), parameters, shrunk(each, moved).add(start).subi(back));
    }
    return retries;
  }

  /** Whether nothing is protected yet, or ever. */
  private boolean idle() {
    return evidence.weight() == 0 || settings.strength() == 0;
  }

  @Override
  public void pull(final NDList parameters) {
    if (idle()) {
      return;
    }
    for (final Protected each : layers) {
      final NDArray away = AffineMaps.join(each.layer(), parameters).sub(each.anchor());
      AffineMaps.assign(each.layer(), parameters, shrunk(each, away).add(each.anchor()));
    }
  }

  /** What the layer keeps of a difference: along each eigenvector, its part of it. */
  private static NDArray shrunk(final Protected layer, final NDArray difference) {
    final BlockDiagonal in = layer.in().basis();
    final BlockDiagonal out = layer.out().basis();
    final NDArray kept = out.after(in.after(difference).transpose()).transpose().mul(layer.kept());
    return out.transpose().after(in.transpose().after(kept).transpose()).transpose();
  }

  /**
   * The section's part of A for an output axis, of B for an input axis, where the section is one
   * layer.
   */
  @Override
  public Optional<NDArray> blockOn(final Schemes.Section section, final Kind kind) {
    return section.averaged().flatMap(of -> factorOn(of.layer(), of.axis(), kind.range()));
  }

  @Override
  public Optional<NDArray> factorOn(
      final int layer, final AffineMaps.Axis averaged, final Range range) {
    if (evidence.weight() == 0) {
      return Optional.empty();
    }
    final Protected of = layers.get(layer);
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
