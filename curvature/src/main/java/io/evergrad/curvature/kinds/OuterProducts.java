/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.kinds;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.kinds.KindDecomposition.Component;
import io.evergrad.curvature.kinds.KindDecomposition.Part;
import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.Leaf;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * k vectors whose every tensor is an outer product with one factor an axis, as the per-example
 * gradients d aᵀ of a dense layer are. Means and centrings act on single factors, so the sum of
 * X_κᵀ X_κ over the vectors is found exactly and none of them is ever formed.
 *
 * @param factors for each leaf, for each of its axes, k × length
 */
public record OuterProducts(List<List<NDArray>> factors) {

  /** k. */
  public int samples() {
    return Math.toIntExact(factors.get(0).get(0).getShape().get(0));
  }

  /**
   * Σ X_κ(v)ᵀ X_κ(v) over the k vectors.
   *
   * @return one m_κ × m_κ matrix a kind, on the factors' manager
   */
  public NDList grams(final KindDecomposition kinds) {
    final NDList grams = new NDList();
    for (final Component component : kinds.components()) {
      final List<Factored> parts =
          component.parts().stream().map(part -> factored(kinds, part)).toList();
      for (final Kind kind : component.ranges()) {
        grams.add(gram(parts, kind.range()));
      }
    }
    return grams;
  }

  /**
   * A part of X_κ(v): the outer product of what spans its rows and of what spans its columns.
   *
   * @param rows by group id, k × units
   * @param columns k × columns
   */
  private record Factored(int firstColumn, SortedMap<String, NDArray> rows, NDArray columns) {

    /** The columns that lie in a range of the kind's copies; k × 0 columns are null. */
    NDArray within(final Range range) {
      final int from = Math.max(range.first() - firstColumn, 0);
      final int to = Math.min(range.end() - firstColumn, (int) columns.getShape().get(1));
      if (from >= to) {
        return null;
      }
      return to - from == columns.getShape().get(1)
          ? columns
          : columns.get(new NDIndex(":, {}:{}", from, to));
    }
  }

  private Factored factored(final KindDecomposition kinds, final Part part) {
    final Leaf leaf = kinds.symmetry().leaves().get(part.leaf());
    final SortedMap<String, NDArray> rows = new TreeMap<>();
    NDArray columns = null;
    for (int axis = 0; axis < part.axes().size(); axis++) {
      final NDArray factor = factors.get(part.leaf()).get(axis);
      final Irreducible irreducible = part.axes().get(axis);
      final String id = leaf.axes().get(axis);
      final Group group = kinds.symmetry().groups().get(id);
      if (irreducible == null) {
        columns = times(columns, factor);
      } else {
        switch (irreducible) {
          case MEAN -> columns = times(columns, mean(factor).mul(Math.sqrt(group.size())));
          case CENTRED -> rows.put(id, factor.sub(mean(factor)));
          case VECTOR -> rows.put(id, factor);
        }
      }
    }
    if (columns == null) {
      columns = factors.get(0).get(0).getManager().ones(new Shape(samples(), 1), type());
    }
    return new Factored(part.firstColumn(), rows, columns);
  }

  private DataType type() {
    return factors.get(0).get(0).getDataType();
  }

  private static NDArray mean(final NDArray factor) {
    return factor.mean(new int[] {1}, true);
  }

  /** Row by row the outer product, flattened with the last axis fastest. */
  private static NDArray times(final NDArray columns, final NDArray factor) {
    if (columns == null) {
      return factor;
    }
    final long k = factor.getShape().get(0);
    return columns
        .reshape(new Shape(k, -1, 1))
        .mul(factor.reshape(new Shape(k, 1, -1)))
        .reshape(new Shape(k, -1));
  }

  private static NDArray gram(final List<Factored> parts, final Range range) {
    final List<Factored> present =
        parts.stream().filter(part -> part.within(range) != null).toList();
    final NDList rows = new NDList();
    for (final Factored left : present) {
      final NDList row = new NDList();
      for (final Factored right : present) {
        final NDArray columns = left.within(range);
        row.add(weighted(columns, left, right).transpose().matMul(right.within(range)));
      }
      rows.add(row.size() == 1 ? row.get(0) : NDArrays.concat(row, 1));
    }
    return rows.size() == 1 ? rows.get(0) : NDArrays.concat(rows, 0);
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
