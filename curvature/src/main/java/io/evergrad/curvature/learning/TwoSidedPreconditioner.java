/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.evergrad.curvature.kinds.Range;
import io.evergrad.curvature.linalg.TorchModule;
import io.evergrad.curvature.network.Layer;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * H = (B ⊗ A / s)^{1/2} for one layer's G = [W b]: the second moment averaged over O(units) on the
 * output axis is I ⊗ A, over O(inputs + 1) on the input axis B ⊗ I, and their product normalised to
 * its trace. Then H⁻¹G = √s B^{-1/2} G A^{-1/2}: two-sided Shampoo, but for its exponents of −1/4.
 *
 * <p>A and B are known by their largest eigenvectors ({@link LowRankMoment}), and so are their
 * roots ({@link LowRankRoot}), each damped by λ. Both roots are applied by one product: with
 * A^{-1/2} = c(I − VVᵀ) and √s B^{-1/2} = c'(I − V'V'ᵀ),
 *
 * <p>H⁻¹G = cc'(G − [V' | GV − V'(V'ᵀGV)] · [V'ᵀG ; Vᵀ])
 *
 * <p>The entries of H⁻¹G have a root mean square about or below 1 where gradients are like those of
 * before. Where it is above {@value #LIMIT}, they have outgrown the roots, and the step is
 * shortened to that.
 *
 * <p>Symbols: A, a moving average of GᵀG / units, {@code in}; B, of GGᵀ / (inputs + 1), {@code
 * out}; s = tr B / units; V and V', of the script, {@code vi} and {@code vo}; cc', {@code c}. A
 * preconditioner that remembers adds the precision's factors, both times {@link
 * LearnerSettings#memoryWeight} of the traces of A and of the precision's: those of B have the same
 * ratio. Where the block limit cuts a factor, the coupling between its ranges is dropped.
 */
final class TwoSidedPreconditioner implements Preconditioner {
  private static final double LIMIT = 3;
  private static final TorchModule MODULE =
      TorchModule.of(
          "TwoSided",
          """
            def rooted(self: __torch__.TwoSided, w: Tensor, b: List[Tensor], vo: Tensor, vi: Tensor, c: float) -> Tensor:
              t = torch.t(vo)
              vw = vi
              last = vi
              if len(b) > 0:
                vw = torch.slice(vi, 0, 0, torch.size(w, 1))
                last = torch.select(vi, 0, torch.size(w, 1))
              x = torch.mm(t, w)
              y = torch.mm(w, vw)
              if len(b) > 0:
                y = torch.addr_(y, b[0], last)
              y = torch.addmm_(y, vo, torch.mm(t, y), alpha=-1)
              left = torch.cat([vo, y], 1)
              if len(b) > 0:
                b_ = torch.addmv_(b[0], left, torch.cat([torch.mv(t, b[0]), last]), beta=c, alpha=-c)
              return torch.addmm_(w, left, torch.cat([x, torch.t(vw)]), beta=c, alpha=-c)
            def apply(self: __torch__.TwoSided, w: Tensor, b: List[Tensor], units: int, i: List[Tensor], o: List[Tensor], limit: float) -> List[Tensor]:
              d = [torch.reshape(w, [units, -1])]
              for bias in b:
                d.append(torch.reshape(bias, [units]))
              row = 0
              for k in range(len(o) // 2):
                below = row + torch.size(o[2 * k], 0)
                column = 0
                for j in range(len(i) // 2):
                  after = column + torch.size(i[2 * j], 0)
                  part = torch.slice(torch.slice(d[0], 0, row, below), 1, column, after)
                  end = annotate(List[Tensor], [])
                  if len(b) > 0 and j == len(i) // 2 - 1:
                    end.append(torch.slice(d[1], 0, row, below))
                  p_ = self.rooted(part, end, o[2 * k], i[2 * j], float(o[2 * k + 1]) * float(i[2 * j + 1]))
                  column = after
                row = below
              square = 0.
              count = 0
              for x in d:
                flat = torch.reshape(x, [-1])
                square = square + float(torch.dot(flat, flat))
                count = count + torch.numel(x)
              size = (square / float(count)) ** 0.5
              if size > limit:
                for x in d:
                  x_ = torch.mul_(x, limit / size)
              return d
          """);

  private final LearnerSettings settings;
  private final Layer layer;
  private final int index;
  private final NDManager manager;
  private final Protector protector;
  private final Factor in;
  private final Factor out;

  /** A factor, and its inverse root, range by range; that of {@code out} is multiplied by √s. */
  private record Factor(List<Range> ranges, List<LowRankMoment> moments, List<LowRankRoot> roots) {

    void accumulate(final NDArray rows, final double decay, final double scale) {
      for (int i = 0; i < ranges.size(); i++) {
        moments.get(i).accumulate(BlockDiagonal.columns(rows, ranges.get(i)), decay, scale);
      }
    }

    int side() {
      return ranges.get(ranges.size() - 1).end();
    }

    double trace() {
      return moments.stream().mapToDouble(LowRankMoment::trace).sum();
    }

    NDList rootArrays() {
      final NDList arrays = new NDList();
      roots.forEach(root -> root.addTo(arrays));
      return arrays;
    }

    void forEachMoment(final String name, final BiConsumer<String, LowRankMoment> action) {
      for (int i = 0; i < ranges.size(); i++) {
        action.accept(part(name, i), moments.get(i));
      }
    }

    void forEachRoot(final String name, final BiConsumer<String, NDArray> action) {
      for (int i = 0; i < ranges.size(); i++) {
        roots.get(i).forEachArray(part(name, i), action);
      }
    }

    private String part(final String name, final int i) {
      return ranges.size() == 1 ? name : name + "." + i;
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
    this.manager = manager;
    this.protector = protector;
    in = factor(manager, layer.columns());
    out = factor(manager, layer.units());
  }

  private Factor factor(final NDManager manager, final int n) {
    final List<Range> ranges = Range.cut(n, settings.blockLimit());
    return new Factor(
        ranges,
        ranges.stream()
            .map(range -> new LowRankMoment(manager, range.size(), settings.rootRank()))
            .toList(),
        ranges.stream()
            .map(range -> new LowRankRoot(manager, range.size(), settings.rootRank()))
            .toList());
  }

  @Override
  public void accumulate(final NDList gradient, final double decay) {
    final NDArray joined = AffineMaps.join(layer, gradient);
    in.accumulate(joined, decay, (1 - decay) / layer.units());
    out.accumulate(joined.transpose(), decay, (1 - decay) / layer.columns());
  }

  /** Borrows its own arrays, which steps need not: few of them are renewals. */
  private <R> R scoped(final Supplier<R> work) {
    try (NDManager scope = manager.newSubManager()) {
      forEachArray((name, array) -> scope.tempAttachAll(new NDList(array)));
      return work.get();
    }
  }

  @Override
  public int renew(final long steps) {
    return scoped(() -> renewed(steps));
  }

  private int renewed(final long steps) {
    final double correction = 1 / (1 - Math.pow(settings.decay(), steps));
    final int failed = follow(in) + follow(out);
    final List<Optional<SpectralFactor>> known = precision(in, AffineMaps.Axis.OUTPUT);
    final double weight = settings.memoryWeight(in.trace() * correction, trace(known));
    final List<Optional<SpectralFactor>> inputs = times(weight, known);
    final List<Optional<SpectralFactor>> units =
        times(weight, precision(out, AffineMaps.Axis.INPUT));
    final double trace = out.trace() * correction + trace(units);
    return failed
        + renew(in, correction, inputs, 1)
        + renew(out, correction, units, Math.sqrt(trace / out.side()));
  }

  private static int follow(final Factor factor) {
    int failed = 0;
    for (final LowRankMoment moment : factor.moments()) {
      failed += moment.follow() ? 0 : 1;
    }
    return failed;
  }

  /** The precision's factor, range by range; none where nothing is remembered. */
  private List<Optional<SpectralFactor>> precision(
      final Factor factor, final AffineMaps.Axis averaged) {
    return factor.ranges().stream()
        .map(
            range ->
                settings.memory() > 0
                    ? protector.factorOn(index, averaged, range)
                    : Optional.<SpectralFactor>empty())
        .toList();
  }

  private static List<Optional<SpectralFactor>> times(
      final double weight, final List<Optional<SpectralFactor>> factors) {
    return factors.stream().map(factor -> factor.map(of -> of.times(weight))).toList();
  }

  private static double trace(final List<Optional<SpectralFactor>> factors) {
    return factors.stream().flatMap(Optional::stream).mapToDouble(SpectralFactor::trace).sum();
  }

  private int renew(
      final Factor factor,
      final double correction,
      final List<Optional<SpectralFactor>> remembered,
      final double scale) {
    int kept = 0;
    for (int i = 0; i < remembered.size(); i++) {
      final boolean renewed =
          factor
              .roots()
              .get(i)
              .renew(
                  factor.moments().get(i),
                  correction,
                  remembered.get(i),
                  settings.damping(),
                  scale);
      kept += renewed ? 0 : 1;
    }
    return kept;
  }

  @Override
  public NDList apply(final NDList gradient) {
    return MODULE
        .call("apply")
        .with(gradient.get(layer.weight()))
        .with(gradient.subNDList(layer.weight() + 1, layer.end()))
        .with((long) layer.units())
        .with(in.rootArrays())
        .with(out.rootArrays())
        .with(LIMIT)
        .run(gradient.get(0).getManager());
  }

  @Override
  public void readMoments(final BiConsumer<String, NDArray> reader) {
    scoped(
        () -> {
          forEachMoment((name, moment) -> reader.accept(name, moment.matrix()));
          return null;
        });
  }

  @Override
  public void writeMoments(final BiConsumer<String, NDArray> writer) {
    scoped(
        () -> {
          forEachMoment(
              (name, moment) -> {
                final NDArray matrix = moment.matrix();
                writer.accept(name, matrix);
                moment.adopt(matrix);
              });
          return null;
        });
  }

  private void forEachMoment(final BiConsumer<String, LowRankMoment> action) {
    in.forEachMoment("inputs.moment", action);
    out.forEachMoment("units.moment", action);
  }

  @Override
  public NDList borrowed() {
    return new NDList();
  }

  @Override
  public void forEachArray(final BiConsumer<String, NDArray> action) {
    forEachMoment((name, moment) -> moment.forEachArray(name, action));
    in.forEachRoot("inputs.root", action);
    out.forEachRoot("units.root", action);
  }
}
