/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.evergrad.curvature.linalg.TorchModule;
import io.evergrad.curvature.network.Layer;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * A network's step by both roots of each layer, in one call of the engine. With A^{-1/2} = c(I −
 * VVᵀ) and √s B^{-1/2} = c'(I − V'V'ᵀ), each a {@link LowRankRoot} ({@link TwoSidedCurvature}),
 *
 * <p>H⁻¹G = cc'G̃, G̃ = G − [V' | Y] · [X ; Vᵀ], X = V'ᵀG, Y = (I − V'V'ᵀ)GV.
 *
 * <p>W's and the bias's part of G = [W b] lie apart. With e, the bias's row of V, GV is WV and be,
 * and be changes nothing but V for b: so all of W̃ is W − [V' | Y | b'] · [X ; Vᵀ ; (Ve)ᵀ], Y of WV
 * alone, b' = (I − V'V'ᵀ)b; and b̃ = b' − [Y | b'] · [e ; eᵀe].
 *
 * <p>G̃ takes the place of G, so that nothing is scaled: the moving average is of G̃ ({@link
 * Momentum}), and cc' goes into the length of the step. Where the block limit cuts a factor, each
 * pair of ranges has a G of its own, and the largest cc' of them counts.
 *
 * <p>Where a layer is measured ({@link StepLimit}) and its weights' entries of H⁻¹G have a root
 * mean square above {@link StepLimit#LONGEST}, the gradient has outgrown the roots, and is
 * shortened to that.
 *
 * <p>Symbols: θ, G and m, one array a leaf of the network. Native state on the manager that it was
 * made with. Not thread-safe.
 */
final class TwoSidedStep {
  private static final TorchModule MODULE =
      TorchModule.of(
          "TwoSidedStep",
          """
            def shape(self: __torch__.TwoSidedStep, w: Tensor, b: List[Tensor], p: List[Tensor], k: int, ends: List[Tensor], e: int, c: float) -> Tensor:
              x = torch.mm(p[k + 1], w, out=p[k + 5])
              y = torch.mm(w, p[k + 6], out=p[k + 2])
              if len(b) > 0:
                e_ = torch.copy_(ends[e], b[0])
              y = torch.addmm_(p[k + 3], p[k], torch.mm(p[k + 1], p[k + 3]), alpha=-1)
              if len(b) > 0:
                e_ = torch.addmv(ends[e], p[k + 3], ends[e + 1], beta=c, alpha=-c, out=b[0])
              return torch.addmm_(w, p[k + 4], p[k + 7], beta=c, alpha=-c)
            def cut(self: __torch__.TwoSidedStep, d: List[Tensor], p: List[Tensor], ends: List[Tensor], levels: List[float], first: int, c: float, rows: int, columns: int) -> int:
              row = 0
              for k in range(rows):
                below = row + torch.size(p[8 * k], 0)
                column = 0
                for j in range(columns):
                  i = j * rows + k
                  after = column + torch.size(p[8 * i + 6], 0)
                  part = torch.slice(torch.slice(d[0], 0, row, below), 1, column, after)
                  end = annotate(List[Tensor], [])
                  if len(d) > 1 and j == columns - 1:
                    end.append(torch.slice(d[1], 0, row, below))
                  x = self.shape(part, end, p, 8 * i, ends, 2 * k, levels[first + i] / c)
                  column = after
                row = below
              return row
            def carry(self: __torch__.TwoSidedStep, ratios: List[float], beta: float, theta: List[List[Tensor]], m: List[List[Tensor]], p: List[List[Tensor]], ends: List[List[Tensor]], plan: List[int], longest: float) -> List[Tensor]:
              for l in range(len(m)):
                for x in m[l]:
                  x_ = torch.mul_(x, ratios[l])
              return annotate(List[Tensor], [])
            def step(self: __torch__.TwoSidedStep, g: List[Tensor], eta: float, levels: List[float], measured: List[int], beta: float, theta: List[List[Tensor]], m: List[List[Tensor]], p: List[List[Tensor]], ends: List[List[Tensor]], plan: List[int], longest: float) -> List[Tensor]:
              lengths = annotate(List[float], [])
              pair = 0
              for l in range(len(theta)):
                leaf = plan[4 * l]
                units = plan[4 * l + 1]
                pairs = plan[4 * l + 2] * plan[4 * l + 3]
                d = annotate(List[Tensor], [])
                for i in range(len(theta[l])):
                  d.append(g[leaf + i].contiguous())
                if units > 0:
                  d[0] = torch.reshape(d[0], [units, -1])
                  for i in range(1, len(d)):
                    d[i] = torch.reshape(d[i], [units])
                c = levels[pair]
                if pairs == 1:
                  x = self.shape(d[0], torch.slice(d, 1), p[l], 0, ends[l], 0, 1.)
                else:
                  for i in range(1, pairs):
                    c = max(c, levels[pair + i])
                  if c > 0.:
                    n = self.cut(d, p[l], ends[l], levels, pair, c, plan[4 * l + 2], plan[4 * l + 3])
                pair = pair + pairs
                if measured[l] > 0:
                  flat = torch.reshape(d[0], [-1])
                  length = c * (float(torch.dot(flat, flat)) / float(torch.numel(flat))) ** 0.5
                  lengths.append(length)
                  if length > longest:
                    for x in d:
                      x_ = torch.mul_(x, longest / length)
                if units > 0:
                  for i in range(len(d)):
                    d[i] = torch.reshape(d[i], torch.size(theta[l][i]))
                kept = m[l]
                if beta == 0.:
                  kept = annotate(List[Tensor], [])
                torch._fused_sgd_(theta[l], d, kept, weight_decay=0., momentum=beta, lr=eta * c, dampening=0., nesterov=beta > 0., maximize=False, is_first_step=False)
              result = annotate(List[Tensor], [])
              if len(lengths) > 0:
                result.append(torch.tensor(lengths))
              return result
          """);

  private final List<LayerRoots> layers;
  private final double momentum;
  private final NDManager manager;
  private final TorchModule.Arguments lasting;
  private final StepLimit limit;
  private Optional<Levels> levels = Optional.empty();

  /**
   * @param parameters θ
   * @param momenta m, of the same shapes
   * @param momentum β, at least 0 and below 1
   * @param limit of the layers' steps
   */
  TwoSidedStep(
      final List<LayerRoots> layers,
      final NDList parameters,
      final NDList momenta,
      final double momentum,
      final StepLimit limit,
      final NDManager manager) {
    this.layers = List.copyOf(layers);
    this.momentum = momentum;
    this.manager = manager;
    this.limit = limit;
    lasting =
        new TorchModule.Arguments()
            .and(momentum)
            .and(own(layers, parameters))
            .and(own(layers, momenta))
            .and(layers.stream().map(LayerRoots::operands).toList())
            .and(layers.stream().map(LayerRoots::ends).toList())
            .and(layers.stream().flatMapToLong(of -> plan(of, parameters)).toArray())
            .and(StepLimit.LONGEST)
            .attach(manager);
  }

  /** Its first leaf; its units, where its leaves are not W and b; how many ranges of each axis. */
  private static LongStream plan(final LayerRoots of, final NDList parameters) {
    final Layer layer = of.layer();
    final boolean plain =
        parameters.get(layer.weight()).getShape().equals(layer.shape())
            && (!layer.biased() || parameters.get(layer.weight() + 1).getShape().dimension() == 1);
    return LongStream.of(
        layer.weight(), plain ? 0 : layer.units(), of.units().size(), of.inputs().size());
  }

  private static List<NDList> own(final List<LayerRoots> layers, final NDList network) {
    return layers.stream()
        .map(LayerRoots::layer)
        .map(layer -> network.subNDList(layer.weight(), layer.end()))
        .toList();
  }

  /** cc' of every pair of ranges, and the largest of each layer; zero until roots are renewed. */
  private record Levels(double[] ofPairs, double[] ofLayers) {

    static Levels of(final List<LayerRoots> layers) {
      final List<double[]> pairs = layers.stream().map(LayerRoots::levels).toList();
      return new Levels(
          pairs.stream().flatMapToDouble(Arrays::stream).toArray(),
          pairs.stream().mapToDouble(of -> Arrays.stream(of).max().orElseThrow()).toArray());
    }
  }

  private Levels levels() {
    if (levels.isEmpty()) {
      levels = Optional.of(Levels.of(layers));
    }
    return levels.get();
  }

  /** The largest cc' of any pair of a layer's ranges, for each layer. */
  double[] layerLevels() {
    return levels().ofLayers().clone();
  }

  /** The same for each leaf of the layers. */
  List<Double> leafLevels() {
    final double[] levels = levels().ofLayers();
    return IntStream.range(0, levels.length)
        .boxed()
        .flatMap(l -> Collections.nCopies(leaves(layers.get(l).layer()), levels[l]).stream())
        .toList();
  }

  private static int leaves(final Layer layer) {
    return layer.end() - layer.weight();
  }

  /** The roots may be others than they were. */
  void rootsChanged() {
    levels = Optional.empty();
  }

  /**
   * Multiplies m so that it means under the roots' levels what it meant before: steps multiply it
   * by them.
   *
   * @param before {@link #layerLevels} as they were
   */
  void carryOver(final double[] before) {
    final double[] now = levels().ofLayers();
    final double[] ratios =
        IntStream.range(0, now.length)
            .mapToDouble(l -> before[l] / now[l])
            .map(ratio -> ratio > 0 && Double.isFinite(ratio) ? ratio : 1)
            .toArray();
    MODULE.call("carry").with(ratios).with(lasting).run(manager);
  }

  /**
   * m ← βm + G̃, θ ← θ − η(1 − β)cc'(βm + G̃).
   *
   * @param gradient G, which is overwritten
   * @param rate η
   * @param loss of the examples that G is of, as {@link LearningRule#step} takes it
   * @param before steps taken before this one
   */
  void take(final NDList gradient, final double rate, final double loss, final long before) {
    final long[] measured = limit.due(before, loss);
    final NDList lengths =
        MODULE
            .call("step")
            .with(gradient)
            .with(rate * (1 - momentum))
            .with(levels().ofPairs())
            .with(measured)
            .with(lasting)
            .run(gradient.get(0).getManager());
    if (!lengths.isEmpty()) {
      limit.measured(measured, lengths.singletonOrThrow().toFloatArray(), loss);
    }
  }
}
