/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.kinds.Range;
import io.evergrad.curvature.linalg.TorchModule;
import io.evergrad.curvature.network.Layer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The roots of both factors of one layer, laid out as {@link TwoSidedStep} multiplies by them: V'
 * to the left of room for Y and b, Vᵀ and (Ve)ᵀ below room for X, so that a step copies no matrix.
 *
 * <p>Symbols: [V' | Y | b], {@code left}, one a range of units; [X ; Vᵀ ; (Ve)ᵀ], {@code right},
 * one a range of inputs; V', V and Ve are of a {@link LowRankRoot}. Only the range of inputs that
 * ends with the bias has b and Ve. Native state on the manager that it was made with. Not
 * thread-safe.
 */
final class LayerRoots {
  private static final TorchModule MODULE =
      TorchModule.of(
          "LayerRoots",
          """
            def left(self: __torch__.LayerRoots, left: Tensor, units: int) -> List[Tensor]:
              return [torch.slice(left, 1, 0, units)]
            def right(self: __torch__.LayerRoots, right: Tensor, above: int, inputs: int) -> List[Tensor]:
              views = [torch.t(torch.slice(right, 0, above, above + inputs))]
              if torch.size(right, 0) > above + inputs:
                views.append(torch.select(right, 0, -1))
              return views
            def pair(self: __torch__.LayerRoots, left: Tensor, right: Tensor, units: int, inputs: int, above: int, bias: int) -> List[Tensor]:
              l = torch.slice(left, 1, 0, units + inputs + bias)
              r = torch.slice(torch.slice(right, 0, above - units), 1, 0, torch.size(right, 1) - bias)
              v = torch.slice(l, 1, 0, units)
              y = torch.slice(l, 1, units, units + inputs)
              return [v, torch.t(v), y, torch.slice(l, 1, units), l, torch.slice(r, 0, 0, units), torch.t(torch.slice(r, 0, units, units + inputs)), r]
            def end(self: __torch__.LayerRoots, left: Tensor, right: Tensor, column: int, above: int) -> List[Tensor]:
              return [torch.select(left, 1, column), torch.slice(torch.select(right, 1, -1), 0, above)]
          """);

  private final Layer layer;
  private final List<LowRankRoot> units = new ArrayList<>();
  private final List<LowRankRoot> inputs = new ArrayList<>();
  private final NDList operands = new NDList();
  private final NDList ends = new NDList();

  /**
   * Roots of zero, until they are renewed.
   *
   * @param blockLimit longest range of an axis
   * @param rank eigenvectors kept, as of {@link LowRankMoment}
   */
  LayerRoots(final NDManager manager, final Layer layer, final int blockLimit, final int rank) {
    this.layer = layer;
    final List<Range> rows = Range.cut(layer.units(), blockLimit);
    final List<Range> columns = Range.cut(layer.columns(), blockLimit);
    final long above = most(rows, rank);
    final NDList left = new NDList();
    for (final Range range : rows) {
      final long kept = kept(range, rank);
      final NDArray array =
          manager.zeros(new Shape(range.size(), kept + most(columns, rank) + bias(layer)));
      left.add(array);
      units.add(root(MODULE.call("left").with(array).with(kept).run(manager)));
    }
    for (final Range range : columns) {
      final long kept = kept(range, rank);
      final long bias = bias(layer, range);
      final NDArray array = manager.zeros(new Shape(above + kept + bias, range.size()));
      inputs.add(root(MODULE.call("right").with(array).with(above).with(kept).run(manager)));
      for (int k = 0; k < rows.size(); k++) {
        final long beside = kept(rows.get(k), rank);
        operands.addAll(
            MODULE
                .call("pair")
                .with(left.get(k))
                .with(array)
                .with(beside)
                .with(kept)
                .with(above)
                .with(bias)
                .run(manager));
        if (bias > 0) {
          ends.addAll(
              MODULE
                  .call("end")
                  .with(left.get(k))
                  .with(array)
                  .with(beside + kept)
                  .with(above)
                  .run(manager));
        }
      }
    }
  }

  /** Bytes of room for X, Y and b. */
  static long workingBytes(final Layer layer, final int blockLimit, final int rank) {
    final List<Range> rows = Range.cut(layer.units(), blockLimit);
    final List<Range> columns = Range.cut(layer.columns(), blockLimit);
    return Float.BYTES
        * (layer.units() * (long) (most(columns, rank) + bias(layer))
            + most(rows, rank) * (long) layer.columns());
  }

  private static int kept(final Range range, final int rank) {
    return LowRankMoment.rank(range.size(), rank);
  }

  private static int most(final List<Range> ranges, final int rank) {
    return ranges.stream().mapToInt(range -> kept(range, rank)).max().orElseThrow();
  }

  private static int bias(final Layer layer) {
    return layer.biased() ? 1 : 0;
  }

  private static int bias(final Layer layer, final Range columns) {
    return columns.end() > layer.inputs() ? 1 : 0;
  }

  private static LowRankRoot root(final NDList views) {
    return new LowRankRoot(
        views.get(0), views.size() > 1 ? Optional.of(views.get(1)) : Optional.empty());
  }

  Layer layer() {
    return layer;
  }

  /** √s B^{-1/2}, range by range. */
  List<LowRankRoot> units() {
    return units;
  }

  /** A^{-1/2}, range by range. */
  List<LowRankRoot> inputs() {
    return inputs;
  }

  /**
   * For each pair of ranges, those of units innermost: V', V'ᵀ, room for Y, [Y | b], [V' | Y | b],
   * room for X, V, [X ; Vᵀ ; (Ve)ᵀ]; the last three without the bias's column.
   */
  NDList operands() {
    return operands;
  }

  /** For each range of units, where there is a bias: room for b, the bias's of [Vᵀ ; (Ve)ᵀ]. */
  NDList ends() {
    return ends;
  }

  /** cc' of each pair of ranges, in the order of {@link #operands}; zero until it is renewed. */
  double[] levels() {
    final List<LowRankRoot> roots = Stream.of(units, inputs).flatMap(List::stream).toList();
    final double[] levels = LowRankRoot.levels(roots);
    return Arrays.stream(levels, units.size(), levels.length)
        .flatMap(ofInputs -> Arrays.stream(levels, 0, units.size()).map(of -> of * ofInputs))
        .toArray();
  }
}
