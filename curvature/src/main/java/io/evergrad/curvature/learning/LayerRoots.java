/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.kinds.Range;
import io.evergrad.curvature.linalg.TorchModule;
import io.evergrad.curvature.network.Layer;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The roots of both factors of one layer, laid out as {@link TwoSidedStep} multiplies by them: V'
 * to the left of room for Y, Vᵀ below room for X, so that a step copies nothing.
 *
 * <p>Symbols: [V' | Y], {@code left}, one a range of units; [X ; Vᵀ], {@code right}, one a range of
 * inputs; V' and V are the columns of a {@link LowRankRoot}. Native state on the manager that it
 * was made with. Not thread-safe.
 */
final class LayerRoots {
  private static final TorchModule MODULE =
      TorchModule.of(
          "LayerRoots",
          """
            def left(self: __torch__.LayerRoots, left: Tensor, units: int) -> List[Tensor]:
              return [torch.slice(left, 1, 0, units)]
            def right(self: __torch__.LayerRoots, right: Tensor, below: int) -> List[Tensor]:
              return [torch.t(torch.slice(right, 0, below))]
            def pair(self: __torch__.LayerRoots, left: Tensor, right: Tensor, units: int, inputs: int, below: int, columns: int) -> List[Tensor]:
              l = torch.slice(left, 1, 0, units + inputs)
              r = torch.slice(torch.slice(right, 0, below - units), 1, 0, columns)
              v = torch.slice(l, 1, 0, units)
              return [v, torch.t(v), torch.slice(l, 1, units), l, torch.slice(r, 0, 0, units), torch.t(torch.slice(r, 0, units)), r]
            def end(self: __torch__.LayerRoots, right: Tensor, units: int, below: int) -> List[Tensor]:
              r = torch.select(torch.slice(right, 0, below - units), 1, -1)
              return [torch.slice(r, 0, 0, units), torch.unsqueeze(torch.slice(r, 0, units), 0), r]
          """);

  private final Layer layer;
  private final List<LowRankRoot> units;
  private final List<LowRankRoot> inputs;
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
    final int beside = most(columns, rank);
    final int above = most(rows, rank);
    final NDList left = new NDList();
    final NDList right = new NDList();
    rows.forEach(of -> left.add(manager.zeros(new Shape(of.size(), kept(of, rank) + beside))));
    columns.forEach(of -> right.add(manager.zeros(new Shape(above + kept(of, rank), of.size()))));
    units = roots(left, array -> view("left", array, array.getShape().get(1) - beside));
    inputs = roots(right, array -> view("right", array, above));
    for (int k = 0; k < rows.size(); k++) {
      for (int j = 0; j < columns.size(); j++) {
        final boolean biased = layer.biased() && j == columns.size() - 1;
        operands.addAll(
            MODULE
                .call("pair")
                .with(left.get(k))
                .with(right.get(j))
                .with((long) kept(rows.get(k), rank))
                .with((long) kept(columns.get(j), rank))
                .with((long) above)
                .with((long) columns.get(j).size() - (biased ? 1 : 0))
                .run(manager));
        if (biased) {
          ends.addAll(
              MODULE
                  .call("end")
                  .with(right.get(j))
                  .with((long) kept(rows.get(k), rank))
                  .with((long) above)
                  .run(manager));
        }
      }
    }
  }

  /** Bytes of room for X and Y. */
  static long workingBytes(final Layer layer, final int blockLimit, final int rank) {
    final List<Range> rows = Range.cut(layer.units(), blockLimit);
    final List<Range> columns = Range.cut(layer.columns(), blockLimit);
    return (long) Float.BYTES * layer.units() * most(columns, rank)
        + (long) Float.BYTES * most(rows, rank) * layer.columns();
  }

  private static int kept(final Range range, final int rank) {
    return LowRankMoment.rank(range.size(), rank);
  }

  private static int most(final List<Range> ranges, final int rank) {
    return ranges.stream().mapToInt(range -> kept(range, rank)).max().orElseThrow();
  }

  private static NDArray view(final String method, final NDArray array, final long bound) {
    return MODULE.call(method).with(array).with(bound).run(array.getManager()).singletonOrThrow();
  }

  private static List<LowRankRoot> roots(
      final NDList arrays, final UnaryOperator<NDArray> columns) {
    return arrays.stream().map(columns).map(LowRankRoot::new).toList();
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
   * For each pair of ranges, those of inputs innermost: V', V'ᵀ, room for Y, [V' | Y], room for X,
   * V, [X ; Vᵀ]; the last three without the bias.
   */
  NDList operands() {
    return operands;
  }

  /**
   * For each range of units, where there is a bias, its columns: room for X, V's as a row, both.
   */
  NDList ends() {
    return ends;
  }

  /** c of each range of inputs, then c' of each of units. */
  NDList levels() {
    final NDList levels = new NDList();
    inputs.forEach(root -> levels.add(root.level()));
    units.forEach(root -> levels.add(root.level()));
    return levels;
  }

  /** The largest cc' of any pair of ranges; zero until it is renewed. */
  double level() {
    return largest(units) * largest(inputs);
  }

  private static double largest(final List<LowRankRoot> roots) {
    return roots.stream().mapToDouble(root -> root.level().getFloat(0)).max().orElseThrow();
  }
}
