/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.blocks.Spectra;
import io.evergrad.curvature.kinds.Kind;
import io.evergrad.curvature.kinds.Range;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.linalg.LinearAlgebra.Spectrum;
import io.evergrad.curvature.linalg.TorchModule;
import io.evergrad.curvature.network.ExampleGradients;
import io.evergrad.curvature.network.ExampleGradients.Factors;
import io.evergrad.curvature.network.Layer;
import io.evergrad.curvature.network.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.IntSupplier;

/**
 * The two-sided form of the precision, layer by layer: the Fisher averaged over O(units) acting on
 * a layer's output axis is I ⊗ A, over O(inputs + 1) on its input axis (the bias an input that is
 * always one) B ⊗ I; Λ = B ⊗ A / s with s such that its trace is the Fisher's.
 *
 * <p>Symbols: A = E[‖d‖² a aᵀ] / units, {@code Side.fisher} of {@code in}; B = E[‖a‖² d dᵀ] /
 * (inputs + 1), of {@code out}; s = tr B / units. Over tasks ΣN·A and ΣN·B are kept, by their
 * eigenvectors: as exact as float32 is, and what the proximal step needs; the strength λ multiplies
 * their mean. Where the block limit cuts a factor, the coupling between its ranges is dropped.
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
  private static final TorchModule MODULE =
      TorchModule.of(
          "TwoSidedPull",
          """
            def rotated(self: __torch__.TwoSidedPull, x: Tensor, bases: List[Tensor], back: bool) -> Tensor:
              parts = annotate(List[Tensor], [])
              first = 0
              for i in range(len(bases)):
                u = bases[i]
                end = first + torch.size(u, 0)
                if back:
                  u = torch.t(u)
                parts.append(torch.matmul(torch.slice(x, 1, first, end), u))
                first = end
              result = parts[0]
              if len(parts) > 1:
                result = torch.cat(parts, 1)
              return result
            def kept(self: __torch__.TwoSidedPull, d: Tensor, ui: List[Tensor], uo: List[Tensor], vi: List[Tensor], vo: List[Tensor], scale: float) -> Tensor:
              x = torch.t(self.rotated(torch.t(self.rotated(d, ui, False)), uo, False))
              a = torch.to(torch.cat(vi), 6)
              b = torch.to(torch.mul(torch.cat(vo), scale), 6)
              x = torch.div(x, torch.add(torch.outer(b, a), 1))
              return torch.t(self.rotated(torch.t(self.rotated(x, ui, True)), uo, True))
            def shrunk(self: __torch__.TwoSidedPull, d: Tensor, ui: List[Tensor], uo: List[Tensor], vi: List[Tensor], vo: List[Tensor], scale: float) -> List[Tensor]:
              return [self.kept(d, ui, uo, vi, vo, scale)]
            def pull(self: __torch__.TwoSidedPull, w: Tensor, b: List[Tensor], anchor: Tensor, ui: List[Tensor], uo: List[Tensor], vi: List[Tensor], vo: List[Tensor], scale: float) -> List[Tensor]:
              units = torch.size(anchor, 0)
              inputs = torch.size(anchor, 1) - len(b)
              weight = torch.reshape(w, [units, inputs])
              whole = weight
              if len(b) > 0:
                whole = torch.cat([weight, torch.reshape(b[0], [units, 1])], 1)
              near = torch.add(self.kept(torch.sub(whole, anchor), ui, uo, vi, vo, scale), anchor)
              w_ = torch.copy_(weight, torch.slice(near, 1, 0, inputs))
              if len(b) > 0:
                b_ = torch.copy_(torch.reshape(b[0], [units]), torch.select(near, 1, inputs))
              return annotate(List[Tensor], [])
          """);

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

  /**
   * One factor: running Fisher, and the sum over tasks by its eigenvectors, float32, and its
   * eigenvalues, float64; one of each a range.
   */
  private record Side(BlockDiagonal fisher, BlockDiagonal basis, NDList values) {

    double trace() {
      return values.stream().mapToDouble(of -> of.sum().toDoubleArray()[0]).sum();
    }

    int side() {
      return basis.side();
    }

    NDList vectors() {
      return new NDList(basis.blocks());
    }

    void forEachSum(final String name, final BiConsumer<String, NDArray> action) {
      basis.forEachArray(name + ".basis", action);
      for (int i = 0; i < values.size(); i++) {
        action.accept(name + ".values" + (values.size() == 1 ? "" : "." + i), values.get(i));
      }
    }
  }

  /** One layer: both factors and the anchor [W b]. */
  private record Protected(Layer layer, Side in, Side out, NDArray anchor) {

    private NDList bias(final NDList network) {
      return layer.biased() ? new NDList(network.get(layer.weight() + 1)) : new NDList();
    }
  }

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
              manager.zeros(shape)));
    }
  }

  private Side side(final NDManager manager, final int n) {
    final List<Range> ranges = Range.cut(n, settings.blockLimit());
    final NDList values = new NDList();
    ranges.forEach(range -> values.add(manager.zeros(new Shape(range.size()), DataType.FLOAT64)));
    return new Side(
        BlockDiagonal.zeros(manager, ranges, DataType.FLOAT32),
        BlockDiagonal.zeros(manager, ranges, DataType.FLOAT32),
        values);
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
      accumulate(layer.in(), kept, factor);
      accumulate(layer.out(), kept, factor);
    }
  }

  private void accumulate(final Side side, final double kept, final double factor) {
    for (int i = 0; i < side.values().size(); i++) {
      final NDArray basis = side.basis().blocks().get(i);
      final NDArray values = side.values().get(i);
      try (NDManager scope = basis.getManager().newSubManager()) {
        final NDArray fisher = side.fisher().blocks().get(i);
        scope.tempAttachAll(basis, values, fisher);
        final NDArray u = basis.toType(DataType.FLOAT64, true);
        final NDArray sum =
            u.mul(values.mul(kept))
                .matMul(u.transpose())
                .addi(fisher.toType(DataType.FLOAT64, true).muli(factor));
        final Spectrum spectrum = Spectra.spectrum(scope, algebra, sum);
        basis.muli(0).addi(spectrum.vectors().toType(DataType.FLOAT32, true));
        values.muli(0).addi(spectrum.values().maximum(0));
      }
    }
  }

  @Override
  public void settle(final NDList parameters) {
    forEachFisher((name, array) -> array.muli(0));
    for (final Protected each : layers) {
      each.anchor().muli(0).addi(AffineMaps.join(each.layer(), parameters));
    }
  }

  @Override
  public void derive() {}

  /** What B ⊗ A, of the sums over tasks, is multiplied by: to give Λ/ΣN, times the strength. */
  private double scale(final Protected layer, final double strength) {
    return strength
        * switch (factorisation) {
          case AVERAGED -> {
            final double trace = layer.out().trace();
            yield trace > 0 ? layer.out().side() / (trace * evidence.weight()) : 0;
          }
          case INDEPENDENT -> 1 / (evidence.weight() * evidence.weight());
        };
  }

  @Override
  public int guard(
      final NDList parameters, final NDList gradient, final int pulled, final IntSupplier step) {
    if (use == Use.PROXIMAL || idle()) {
      return Protector.super.guard(parameters, gradient, pulled, step);
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
  public void pull(final NDList parameters, final int steps) {
    if (idle()) {
      return;
    }
    for (final Protected each : layers) {
      MODULE
          .call("pull")
          .with(parameters.get(each.layer().weight()))
          .with(each.bias(parameters))
          .with(each.anchor())
          .with(each.in().vectors())
          .with(each.out().vectors())
          .with(each.in().values())
          .with(each.out().values())
          .with(scale(each, settings.proximalWeight(steps)))
          .run(parameters.get(0).getManager());
    }
  }

  /** What the layer keeps of a step: along each eigenvector, its part of it. */
  private NDArray shrunk(final Protected each, final NDArray step) {
    return MODULE
        .call("shrunk")
        .with(step)
        .with(each.in().vectors())
        .with(each.out().vectors())
        .with(each.in().values())
        .with(each.out().values())
        .with(scale(each, settings.strength()))
        .run(step.getManager())
        .singletonOrThrow();
  }

  /**
   * The section's part of A for an output axis, of B for an input axis, where the section is one
   * layer.
   */
  @Override
  public Optional<NDArray> blockOn(final Schemes.Section section, final Kind kind) {
    return section
        .averaged()
        .flatMap(of -> factorOn(of.layer(), of.axis(), kind.range()))
        .map(SpectralFactor::matrix);
  }

  @Override
  public Optional<SpectralFactor> factorOn(
      final int layer, final AffineMaps.Axis averaged, final Range range) {
    if (evidence.weight() == 0) {
      return Optional.empty();
    }
    final Protected of = layers.get(layer);
    final Side side = averaged == AffineMaps.Axis.OUTPUT ? of.in() : of.out();
    return Optional.of(
        new SpectralFactor(
            side.basis().on(range),
            side.values().get(side.basis().ranges().indexOf(range)),
            1 / evidence.weight()));
  }

  @Override
  public NDList arrays() {
    final NDList arrays = new NDList();
    forEachFisher((name, array) -> arrays.add(array));
    forEachPosterior((name, array) -> arrays.add(array));
    return arrays;
  }

  @Override
  public void forEachFisher(final BiConsumer<String, NDArray> action) {
    forEachSide((name, side) -> side.fisher().forEachArray(name + ".fisher", action));
  }

  @Override
  public void forEachPosterior(final BiConsumer<String, NDArray> action) {
    forEachSide((name, side) -> side.forEachSum(name, action));
    for (int l = 0; l < layers.size(); l++) {
      action.accept("layer" + (l + 1) + ".anchor", layers.get(l).anchor());
    }
  }

  private void forEachSide(final BiConsumer<String, Side> action) {
    for (int l = 0; l < layers.size(); l++) {
      final String prefix = "layer" + (l + 1) + ".";
      action.accept(prefix + "inputs", layers.get(l).in());
      action.accept(prefix + "units", layers.get(l).out());
    }
  }

  @Override
  public boolean active() {
    return settings.strength() > 0 || settings.memory() > 0;
  }
}
