/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.kinds;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.kinds.KindDecomposition.Component;
import io.evergrad.curvature.kinds.KindDecomposition.Part;
import io.evergrad.curvature.linalg.Matrices;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * k vectors whose every tensor is an outer product with one factor an axis, as the per-example
 * gradients d aᵀ of a dense layer are. Means and centrings act on single factors, so the sum of
 * X_κᵀ X_κ over the vectors is found exactly and none of them is ever formed; only where one group
 * acts on two axes is the product of those two.
 *
 * @param factors for each leaf, for each of its axes, k × length; an empty list for a leaf that is
 *     zero in every vector
 */
public record OuterProducts(List<List<NDArray>> factors) {

  /** k. */
  public int samples() {
    return Math.toIntExact(any().getShape().get(0));
  }

  private NDArray any() {
    return factors.stream().filter(axes -> !axes.isEmpty()).findFirst().orElseThrow().get(0);
  }

  /**
   * Σ X_κ(v)ᵀ X_κ(v) over the k vectors.
   *
   * @return one m_κ × m_κ matrix a kind, stacked for a kind of several members, on the factors'
   *     manager
   */
  public NDList grams(final KindDecomposition kinds) {
    final NDList grams = new NDList();
    for (final Component component : kinds.components()) {
      final List<Factored> parts = factored(kinds, component);
      for (final Kind kind : component.ranges()) {
        grams.add(gram(parts, kind));
      }
    }
    return grams;
  }

  /**
   * vᵀHv for each of the k vectors.
   *
   * @param blocks of H, one a kind
   * @return k
   */
  public NDArray quadraticForms(final KindDecomposition kinds, final NDList blocks) {
    NDArray sum = any().getManager().zeros(new Shape(samples(), 1), any().getDataType());
    int next = 0;
    for (final Component component : kinds.components()) {
      final List<Factored> parts = factored(kinds, component);
      for (final Kind kind : component.ranges()) {
        final NDArray block = blocks.get(next++);
        for (final Factored left : parts) {
          for (final Factored right : parts) {
            final NDArray columns = left.within(kind.range());
            final NDArray others = right.within(kind.range());
            if (columns != null && others != null) {
              final NDArray between =
                  block.get(
                      new NDIndex(
                          "..., {}:{}, {}:{}",
                          left.firstWithin(kind.range()),
                          left.endWithin(kind.range()),
                          right.firstWithin(kind.range()),
                          right.endWithin(kind.range())));
              final NDArray products =
                  weighted(columns, left, right)
                      .matMul(between)
                      .mul(others)
                      .sum(new int[] {columns.getShape().dimension() - 1}, true);
              sum = sum.add(kind.members() == 1 ? products : products.sum(new int[] {0}));
            }
          }
        }
      }
    }
    return sum.squeeze(1);
  }

  private List<Factored> factored(final KindDecomposition kinds, final Component component) {
    return component.parts().stream()
        .filter(part -> !factors.get(part.leaf()).isEmpty())
        .map(part -> factored(kinds, part))
        .toList();
  }

  /**
   * A part of X_κ(v): for each vector the outer product of what spans its rows and of what spans
   * its columns.
   *
   * @param rows of each group's irreducible part, by group id, k × rows
   * @param columns k × columns; members × k × columns where one of the groups has a family of parts
   */
  private record Factored(int firstColumn, SortedMap<String, NDArray> rows, NDArray columns) {

    private int count() {
      return (int) columns.getShape().get(columns.getShape().dimension() - 1);
    }

    /** The columns that lie in a range of the kind's copies; null where none do. */
    NDArray within(final Range range) {
      final int from = Math.max(range.first() - firstColumn, 0);
      final int to = Math.min(range.end() - firstColumn, count());
      if (from >= to) {
        return null;
      }
      return to - from == count() ? columns : columns.get(new NDIndex("..., {}:{}", from, to));
    }

    /** Where they begin within the range. */
    int firstWithin(final Range range) {
      return Math.max(firstColumn - range.first(), 0);
    }

    /** Where they end within the range. */
    int endWithin(final Range range) {
      return Math.min(firstColumn + count(), range.end()) - range.first();
    }
  }

  private Factored factored(final KindDecomposition kinds, final Part part) {
    final LeafSplit split = kinds.split(part.leaf());
    final List<NDArray> of = factors.get(part.leaf());
    final SortedMap<String, NDArray> rows = new TreeMap<>();
    NDArray columns = null;
    for (final int axis : split.freeAxes()) {
      columns = times(columns, of.get(axis));
    }
    for (final LeafSplit.Action action : split.actions()) {
      final Copy copy = part.copies().get(action.id());
      final NDArray piece = copy.analysis().apply(onAxes(of, action.axes()));
      if (copy.irreducible() == Irreducible.TRIVIAL) {
        columns = times(columns, piece.squeeze(1));
      } else if (copy.irreducible().family()) {
        columns = timesMembers(columns, piece);
      } else {
        rows.put(action.id(), piece.squeeze(2));
      }
    }
    if (columns == null) {
      columns = of.get(0).getManager().ones(new Shape(samples(), 1), of.get(0).getDataType());
    }
    return new Factored(part.firstColumn(), rows, columns);
  }

  /** k × n, or k × n × n where the group acts on two axes. */
  private static NDArray onAxes(final List<NDArray> factors, final List<Integer> axes) {
    final NDArray first = factors.get(axes.get(0));
    return axes.size() == 1
        ? first
        : first.expandDims(2).mul(factors.get(axes.get(1)).expandDims(1));
  }

  /** The outer product of the columns and a factor, k × n, whose positions run fastest. */
  private static NDArray times(final NDArray columns, final NDArray factor) {
    if (columns == null) {
      return factor;
    }
    final int last = columns.getShape().dimension();
    final NDArray product = columns.expandDims(last).mul(factor.expandDims(1));
    return columns.getShape().dimension() == 2
        ? product.reshape(new Shape(columns.getShape().get(0), -1))
        : product.reshape(new Shape(columns.getShape().get(0), columns.getShape().get(1), -1));
  }

  /** The outer product of the columns and a piece, k × members × copies. */
  private static NDArray timesMembers(final NDArray columns, final NDArray piece) {
    final NDArray members = piece.transpose(1, 0, 2);
    if (columns == null) {
      return members;
    }
    final long k = piece.getShape().get(0);
    final long before = columns.getShape().dimension() == 2 ? 1 : columns.getShape().get(0);
    return columns
        .reshape(new Shape(before, 1, k, -1, 1))
        .mul(members.expandDims(2))
        .reshape(new Shape(before * members.getShape().get(0), k, -1));
  }

  private static NDArray gram(final List<Factored> parts, final Kind kind) {
    final List<Factored> present =
        parts.stream().filter(part -> part.within(kind.range()) != null).toList();
    final NDList rows = new NDList();
    for (final Factored left : present) {
      final NDList row = new NDList();
      for (final Factored right : present) {
        final NDArray weighted = weighted(left.within(kind.range()), left, right);
        row.add(Matrices.transposed(weighted).matMul(right.within(kind.range())));
      }
      rows.add(concat(row, 1));
    }
    final NDArray gram = concat(rows, 2);
    return gram.getShape().dimension() == 3 && kind.members() == 1 ? gram.squeeze(0) : gram;
  }

  private static NDArray concat(final NDList arrays, final int axisFromEnd) {
    return arrays.size() == 1
        ? arrays.get(0)
        : NDArrays.concat(arrays, arrays.get(0).getShape().dimension() - axisFromEnd);
  }

  /** The columns, each vector's times the inner product of what spans the rows of both parts. */
  private static NDArray weighted(
      final NDArray columns, final Factored left, final Factored right) {
    NDArray result = columns;
    for (final Map.Entry<String, NDArray> rows : left.rows().entrySet()) {
      final NDArray other = right.rows().get(rows.getKey());
      result = result.mul(rows.getValue().mul(other).sum(new int[] {1}, true));
    }
    return result;
  }
}
