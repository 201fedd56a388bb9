/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.evergrad.curvature.linalg.TorchModule;
import io.evergrad.curvature.network.Layer;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Takes a network's gradient into both moments of each layer, in one call of the engine: with G =
 * [W b], A ← dA + (1 − d)GᵀG / units, B ← dB + (1 − d)GGᵀ / columns, range by range.
 *
 * <p>Symbols: U, ΔM·U and the totals of a {@link LowRankMoment}, three arrays a range. Native state
 * on the manager that it was made with. Not thread-safe.
 */
final class TwoSidedMoments {
  private static final TorchModule MODULE =
      TorchModule.of(
          "TwoSidedMoments",
          """
            def square(self: __torch__.TwoSidedMoments, w: Tensor, b: List[Tensor]) -> Tensor:
              flat = torch.reshape(w, [-1])
              sum = torch.dot(flat, flat)
              for x in b:
                end = torch.reshape(x, [-1])
                sum = torch.add_(sum, torch.dot(end, end))
              return sum
            def trace(self: __torch__.TwoSidedMoments, totals: Tensor, square: Tensor, decay: float, scale: float) -> Tensor:
              t_ = torch.mul_(totals, decay)
              return torch.add_(torch.select(totals, 0, 2), square, alpha=scale)
            def inputs(self: __torch__.TwoSidedMoments, w: Tensor, b: List[Tensor], u: Tensor, v: Tensor, decay: float, scale: float) -> Tensor:
              n = torch.size(w, 1)
              y = torch.mm(w, torch.slice(u, 0, 0, n))
              for x in b:
                y = torch.addmm_(y, x, torch.slice(u, 0, n))
                v_ = torch.addmm_(torch.slice(v, 0, n), torch.t(x), y, beta=decay, alpha=scale)
              return torch.addmm_(torch.slice(v, 0, 0, n), torch.t(w), y, beta=decay, alpha=scale)
            def units(self: __torch__.TwoSidedMoments, w: Tensor, b: List[Tensor], u: Tensor, v: Tensor, decay: float, scale: float) -> Tensor:
              v = torch.addmm_(v, w, torch.mm(torch.t(w), u), beta=decay, alpha=scale)
              for x in b:
                v = torch.addmm_(v, x, torch.mm(torch.t(x), u), alpha=scale)
              return v
            def side(self: __torch__.TwoSidedMoments, of: List[Tensor], units: bool, w: Tensor, bias: List[Tensor], whole: Tensor, decay: float, scale: float) -> int:
              first = 0
              for i in range(len(of) // 3):
                after = first + torch.size(of[3 * i], 0)
                part = w
                end = bias
                square = whole
                if len(of) > 3:
                  if units:
                    part = torch.slice(w, 0, first, after)
                    end = annotate(List[Tensor], [])
                    for x in bias:
                      end.append(torch.slice(x, 0, first, after))
                  else:
                    part = torch.slice(w, 1, first, min(after, torch.size(w, 1)))
                    if after <= torch.size(w, 1):
                      end = annotate(List[Tensor], [])
                  square = self.square(part, end)
                if units:
                  v = self.units(part, end, of[3 * i], of[3 * i + 1], decay, scale)
                else:
                  v = self.inputs(part, end, of[3 * i], of[3 * i + 1], decay, scale)
                t = self.trace(of[3 * i + 2], square, decay, scale)
                first = after
              return first
            def accumulate(self: __torch__.TwoSidedMoments, g: List[Tensor], decay: float, layers: List[int], a: List[List[Tensor]], b: List[List[Tensor]]) -> List[Tensor]:
              for l in range(len(a)):
                rows = layers[4 * l + 1]
                columns = layers[4 * l + 2]
                w = torch.reshape(g[layers[4 * l]], [rows, columns])
                bias = annotate(List[Tensor], [])
                if layers[4 * l + 3] == 1:
                  bias.append(torch.reshape(g[layers[4 * l] + 1], [rows, 1]))
                whole = self.square(w, bias)
                n = self.side(a[l], False, w, bias, whole, decay, (1. - decay) / float(rows))
                n = self.side(b[l], True, w, bias, whole, decay, (1. - decay) / float(columns + len(bias)))
              return annotate(List[Tensor], [])
          """);

  private final TorchModule.Arguments lasting;

  /**
   * @param inputs moments A of each layer, range by range, of its columns, the bias's among them
   * @param units moments B of each layer, range by range
   */
  TwoSidedMoments(
      final List<Layer> layers,
      final List<List<LowRankMoment>> inputs,
      final List<List<LowRankMoment>> units,
      final NDManager manager) {
    lasting =
        new TorchModule.Arguments()
            .and(layers.stream().flatMapToLong(TwoSidedMoments::shape).toArray())
            .and(arrays(inputs))
            .and(arrays(units))
            .attach(manager);
  }

  private static LongStream shape(final Layer layer) {
    return LongStream.of(layer.weight(), layer.units(), layer.inputs(), layer.biased() ? 1 : 0);
  }

  private static List<NDList> arrays(final List<List<LowRankMoment>> layers) {
    return layers.stream().map(TwoSidedMoments::arraysOf).toList();
  }

  private static NDList arraysOf(final List<LowRankMoment> ranges) {
    return new NDList(
        ranges.stream().flatMap(moment -> moment.accumulated().stream()).toArray(NDArray[]::new));
  }

  /**
   * Takes a gradient.
   *
   * @param gradient one array a leaf of the network
   * @param decay d
   */
  void accumulate(final NDList gradient, final double decay) {
    MODULE
        .call("accumulate")
        .with(gradient)
        .with(decay)
        .with(lasting)
        .run(gradient.get(0).getManager());
  }
}
