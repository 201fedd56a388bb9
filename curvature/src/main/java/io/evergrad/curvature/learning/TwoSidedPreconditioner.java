/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.evergrad.curvature.blocks.Spectra;
import io.evergrad.curvature.kinds.Range;
import io.evergrad.curvature.linalg.TorchModule;
import io.evergrad.curvature.network.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * H = (B ⊗ A / s)^{1/2} for one layer's G = [W b]: the second moment averaged over O(units) on the
 * output axis is I ⊗ A, over O(inputs + 1) on the input axis B ⊗ I, and their product normalised to
 * its trace. Then H⁻¹ḡ = √s B^{-1/2} ḡ A^{-1/2}: two-sided Shampoo, but for its exponents of −1/4.
 *
 * <p>A and B are kept whole, so that several learners' can be averaged; their roots are of low rank
 * ({@link LowRankRoot}), each damped by λ.
 *
 * <p>The entries of H⁻¹ḡ have a root mean square well below 1 where gradients are like those of
 * before. Where it is above {@value #LIMIT}, they have outgrown the roots, and the step is
 * shortened to that.
 *
 * <p>Symbols: A, a moving average of GᵀG / units, {@code in}; B, of GGᵀ / (inputs + 1), {@code
 * out}; s = tr B / units. A preconditioner that remembers adds κ times the precision's factors.
 * Where the block limit cuts a factor, the coupling between its ranges is dropped.
 */
final class TwoSidedPreconditioner implements Preconditioner {
  private static final double LIMIT = 3;
  private static final TorchModule MODULE =
      TorchModule.of(
          "TwoSided",
          """
            def joined(self: __torch__.TwoSided, w: Tensor, b: List[Tensor], units: int) -> Tensor:
              whole = torch.reshape(w, [units, -1])
              if len(b) > 0:
                whole = torch.cat([whole, torch.reshape(b[0], [units, 1])], 1)
              return whole
            def moment(self: __torch__.TwoSided, g: Tensor, s: List[Tensor], decay: float, scale: float) -> Tensor:
              first = 0
              for i in range(len(s)):
                end = first + torch.size(s[i], 0)
                part = torch.slice(g, 1, first, end)
                m = torch.addmm_(s[i], torch.t(part), part, beta=decay, alpha=scale)
                first = end
              return g
            def moments(self: __torch__.TwoSided, w: Tensor, b: List[Tensor], units: int, a: List[Tensor], o: List[Tensor], decay: float) -> List[Tensor]:
              g = self.joined(w, b, units)
              g_ = self.moment(g, a, decay, (1. - decay) / float(units))
              t_ = self.moment(torch.t(g), o, decay, (1. - decay) / float(torch.size(g, 1)))
              return annotate(List[Tensor], [])
            def rooted(self: __torch__.TwoSided, g: Tensor, r: List[Tensor]) -> Tensor:
              parts = annotate(List[Tensor], [])
              first = 0
              for i in range(len(r) // 3):
                u = r[3 * i]
                end = first + torch.size(u, 0)
                part = g
                if len(r) > 3:
                  part = torch.slice(g, 1, first, end)
                parts.append(torch.addmm(part, torch.mul(torch.matmul(part, u), r[3 * i + 1]), torch.t(u), beta=float(r[3 * i + 2]), alpha=1.))
                first = end
              result = parts[0]
              if len(parts) > 1:
                result = torch.cat(parts, 1)
              return result
            def step(self: __torch__.TwoSided, w: Tensor, b: List[Tensor], gw: Tensor, gb: List[Tensor], units: int, a: List[Tensor], o: List[Tensor], rate: float, limit: float) -> List[Tensor]:
              half = self.rooted(self.joined(gw, gb, units), a)
              d = torch.t(self.rooted(torch.t(half), o))
              square = torch.div(torch.sum(torch.mul(d, d)), limit * limit * float(torch.numel(d)))
              d = torch.mul(d, torch.rsqrt(torch.clamp(square, 1.)))
              n = torch.size(d, 1) - len(b)
              w_ = torch.sub_(torch.reshape(w, [units, -1]), torch.slice(d, 1, 0, n), alpha=rate)
              if len(b) > 0:
                b_ = torch.sub_(torch.reshape(b[0], [units]), torch.select(d, 1, n), alpha=rate)
              return annotate(List[Tensor], [])
          """);

  private final LearnerSettings settings;
  private final Layer layer;
  private final int index;
  private final Protector protector;
  private final Factor in;
  private final Factor out;

  /** A factor, and its inverse root, one a range; that of {@code out} is multiplied by √s. */
  private record Factor(BlockDiagonal moment, List<LowRankRoot> roots) {

    NDList moments() {
      return new NDList(moment.blocks());
    }

    NDList rootArrays() {
      final NDList arrays = new NDList();
      roots.forEach(root -> root.addTo(arrays));
      return arrays;
    }

    void forEachRoot(final String name, final BiConsumer<String, NDArray> action) {
      for (int i = 0; i < roots.size(); i++) {
        roots.get(i).forEachArray(roots.size() == 1 ? name : name + "." + i, action);
      }
    }
  }

  /**
   * @param index of the layer
   * @param protector whose precision is remembered
   */
  TwoSidedPreconditioner(
      final LearnerSettings settings,
      final Layer layer,
      final int index,
      final NDManager manager,
      final Protector protector) {
    this.settings = settings;
    this.layer = layer;
    this.index = index;
    this.protector = protector;
    in = factor(manager, layer.columns());
    out = factor(manager, layer.units());
  }

  private Factor factor(final NDManager manager, final int n) {
    final List<Range> ranges = Range.cut(n, settings.blockLimit());
    return new Factor(
        BlockDiagonal.zeros(manager, ranges, DataType.FLOAT32),
        ranges.stream()
            .map(range -> new LowRankRoot(manager, range.size(), settings.rootRank()))
            .toList());
  }

  @Override
  public void accumulate(final NDList gradient, final double decay) {
    MODULE
        .call("moments")
        .with(gradient.get(layer.weight()))
        .with(bias(gradient))
        .with((long) layer.units())
        .with(in.moments())
        .with(out.moments())
        .with(decay)
        .run(gradient.get(0).getManager());
  }

  @Override
  public int renew(final long steps) {
    final double correction = 1 / (1 - Math.pow(settings.decay(), steps));
    final List<NDArray> inputs = remembering(in, AffineMaps.Axis.OUTPUT, correction);
    final List<NDArray> units = remembering(out, AffineMaps.Axis.INPUT, correction);
    final double trace = units.stream().mapToDouble(Spectra::trace).sum();
    return renew(in, inputs, 1) + renew(out, units, Math.sqrt(trace / out.moment().side()));
  }

  /** The factor's second moment and κ times the precision's, range by range. */
  private List<NDArray> remembering(
      final Factor factor, final AffineMaps.Axis averaged, final double correction) {
    final List<NDArray> moments = new ArrayList<>();
    for (final Range range : factor.moment().ranges()) {
      final NDArray moment = factor.moment().on(range).mul(correction);
      final Optional<NDArray> precision =
          settings.memory() > 0 ? protector.factorOn(index, averaged, range) : Optional.empty();
      moments.add(precision.map(p -> moment.add(p.mul(settings.memory()))).orElse(moment));
    }
    return moments;
  }

  private int renew(final Factor factor, final List<NDArray> moments, final double scale) {
    int kept = 0;
    for (int i = 0; i < moments.size(); i++) {
      kept += factor.roots().get(i).renew(moments.get(i), settings.damping(), scale) ? 0 : 1;
    }
    return kept;
  }

  @Override
  public void step(final NDList parameters, final NDList momentum, final double rate) {
    MODULE
        .call("step")
        .with(parameters.get(layer.weight()))
        .with(bias(parameters))
        .with(momentum.get(layer.weight()))
        .with(bias(momentum))
        .with((long) layer.units())
        .with(in.rootArrays())
        .with(out.rootArrays())
        .with(rate)
        .with(LIMIT)
        .run(momentum.get(0).getManager());
  }

  private NDList bias(final NDList network) {
    return layer.biased() ? new NDList(network.get(layer.weight() + 1)) : new NDList();
  }

  @Override
  public void forEachMoment(final BiConsumer<String, NDArray> action) {
    in.moment().forEachArray("inputs.moment", action);
    out.moment().forEachArray("units.moment", action);
  }

  @Override
  public void forEachArray(final BiConsumer<String, NDArray> action) {
    forEachMoment(action);
    in.forEachRoot("inputs.root", action);
    out.forEachRoot("units.root", action);
  }
}
