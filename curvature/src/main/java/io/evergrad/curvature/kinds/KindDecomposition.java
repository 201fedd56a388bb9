/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.kinds;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.GroupType;
import io.evergrad.curvature.symmetry.Leaf;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Splits gradient-shaped tensors into kinds and puts them together again.
 *
 * <p>Analysis maps v to one matrix X_κ(v) for each kind; its columns are the m_κ copies. Its rows
 * are the units of the kind's groups in the order of their ids: for a centred part that is n rows
 * that sum to zero, not n − 1 coordinates, so no basis is needed and Σ_κ ‖X_κ‖² = ‖v‖² all the
 * same. By Schur's lemma every matrix that commutes with the group acts on X_κ from the right by an
 * m_κ × m_κ block, and R2(v, v) by X_κᵀ X_κ / d_κ (paper, Eq. 2 and 6).
 *
 * <p>Symbols: κ {@link Kind}; d_κ {@link Kind#dimension()}; m_κ {@link Kind#multiplicity()}; X_κ
 * the arrays of {@link #analyse(NDList)}. Immutable and thread-safe.
 */
public final class KindDecomposition {
  private final Symmetry symmetry;
  private final List<Component> components;
  private final List<Kind> kinds;

  /** Where one leaf contributes to a whole kind. */
  record Part(int leaf, List<Irreducible> axes, int firstColumn, int columns) {}

  /** A whole kind: its parts, and the block ranges that it is cut into. */
  record Component(
      SortedMap<String, Irreducible> irreducibles, List<Part> parts, List<Kind> ranges) {}

  /** A decomposition whose blocks may have any size. */
  public KindDecomposition(final Symmetry symmetry) {
    this(symmetry, Integer.MAX_VALUE);
  }

  /**
   * @param symmetry the declaration
   * @param blockLimit largest m_κ; a larger kind is cut into ranges of copies of nearly equal size
   */
  public KindDecomposition(final Symmetry symmetry, final int blockLimit) {
    if (blockLimit < 1) {
      throw new IllegalArgumentException("block limit " + blockLimit + ": expected at least 1");
    }
    this.symmetry = symmetry;
    final Map<SortedMap<String, Irreducible>, List<Part>> parts = new LinkedHashMap<>();
    for (int i = 0; i < symmetry.leaves().size(); i++) {
      collect(i, new ArrayList<>(), parts);
    }
    components =
        parts.entrySet().stream()
            .map(e -> new Component(e.getKey(), e.getValue(), ranges(e, blockLimit)))
            .sorted(Comparator.comparing(c -> c.irreducibles().toString()))
            .toList();
    kinds = components.stream().flatMap(c -> c.ranges().stream()).toList();
  }

  private void collect(
      final int leafIndex,
      final List<Irreducible> chosen,
      final Map<SortedMap<String, Irreducible>, List<Part>> parts) {
    final Leaf leaf = symmetry.leaves().get(leafIndex);
    if (chosen.size() < leaf.axes().size()) {
      final Group group = groupOf(leaf, chosen.size());
      final List<Irreducible> options = new ArrayList<>();
      if (group == null) {
        options.add(null);
      } else {
        options.addAll(Irreducible.partsOf(group));
      }
      for (final Irreducible option : options) {
        final List<Irreducible> longer = new ArrayList<>(chosen);
        longer.add(option);
        collect(leafIndex, longer, parts);
      }
      return;
    }
    final SortedMap<String, Irreducible> label = new TreeMap<>();
    int columns = 1;
    for (int axis = 0; axis < chosen.size(); axis++) {
      if (chosen.get(axis) == null) {
        columns = Math.multiplyExact(columns, leaf.shape().get(axis));
      } else if (chosen.get(axis) != Irreducible.MEAN) {
        label.put(leaf.axes().get(axis), chosen.get(axis));
      }
    }
    final List<Part> siblings = parts.computeIfAbsent(label, k -> new ArrayList<>());
    final int first = siblings.stream().mapToInt(Part::columns).sum();
    siblings.add(
        new Part(leafIndex, java.util.Collections.unmodifiableList(chosen), first, columns));
  }

  private List<Kind> ranges(
      final Map.Entry<SortedMap<String, Irreducible>, List<Part>> component, final int limit) {
    int dimension = 1;
    for (final Map.Entry<String, Irreducible> e : component.getKey().entrySet()) {
      dimension =
          Math.multiplyExact(
              dimension, e.getValue().dimension(symmetry.groups().get(e.getKey()).size()));
    }
    final int copies = component.getValue().stream().mapToInt(Part::columns).sum();
    final int d = dimension;
    return Range.cut(copies, limit).stream()
        .map(range -> new Kind(component.getKey(), d, range, copies))
        .toList();
  }

  /** The group that acts on an axis, or null where none moves it. */
  private Group groupOf(final Leaf leaf, final int axis) {
    final Group group = symmetry.groups().get(leaf.axes().get(axis));
    return group == null || group.type() == GroupType.IDENTITY ? null : group;
  }

  /** The declaration. */
  public Symmetry symmetry() {
    return symmetry;
  }

  /** The kinds, in a fixed order that depends on the declaration only. */
  public List<Kind> kinds() {
    return kinds;
  }

  /** The whole kinds, in the order of {@link #kinds()}. */
  List<Component> components() {
    return components;
  }

  /**
   * X_κ(v) for each kind.
   *
   * @param leaves v, one array a leaf, in the declared shapes
   * @return one matrix a kind, rows × m_κ, on the leaves' manager
   */
  public NDList analyse(final NDList leaves) {
    return analyse(leaves, false);
  }

  /**
   * X_κ of several vectors at once, one below the other.
   *
   * @param samples as for {@link #analyse(NDList)}, each with a leading axis of k samples
   * @return one matrix a kind, (k · rows) × m_κ
   */
  public NDList analyseSamples(final NDList samples) {
    return analyse(samples, true);
  }

  private NDList analyse(final NDList leaves, final boolean samples) {
    if (leaves.size() != symmetry.leaves().size()) {
      throw new IllegalArgumentException(
          leaves.size() + " arrays for " + symmetry.leaves().size() + " leaves");
    }
    final List<Map<List<Irreducible>, NDArray>> split = new ArrayList<>();
    for (int i = 0; i < leaves.size(); i++) {
      split.add(split(symmetry.leaves().get(i), leaves.get(i), samples ? 1 : 0));
    }
    final NDList result = new NDList(kinds.size());
    for (final Component component : components) {
      final NDList columns = new NDList();
      for (final Part part : component.parts()) {
        columns.add(
            toMatrix(
                symmetry.leaves().get(part.leaf()),
                part,
                split.get(part.leaf()).get(part.axes()),
                samples));
      }
      final NDArray whole = columns.size() == 1 ? columns.get(0) : NDArrays.concat(columns, 1);
      for (final Kind kind : component.ranges()) {
        result.add(
            kind.split()
                ? whole.get(new NDIndex(":, {}:{}", kind.range().first(), kind.range().end()))
                : whole);
      }
    }
    return result;
  }

  /** Takes means and centres along every axis that a permutation acts on. */
  private Map<List<Irreducible>, NDArray> split(
      final Leaf leaf, final NDArray array, final int offset) {
    Map<List<Irreducible>, NDArray> split = new LinkedHashMap<>();
    split.put(List.of(), array);
    for (int axis = 0; axis < leaf.axes().size(); axis++) {
      final Group group = groupOf(leaf, axis);
      final Map<List<Irreducible>, NDArray> next = new LinkedHashMap<>();
      for (final Map.Entry<List<Irreducible>, NDArray> e : split.entrySet()) {
        final NDArray value = e.getValue();
        if (group == null) {
          next.put(longer(e.getKey(), null), value);
        } else if (group.type() == GroupType.PERMUTATION) {
          final NDArray mean = value.mean(new int[] {axis + offset}, true);
          next.put(longer(e.getKey(), Irreducible.MEAN), mean.mul(Math.sqrt(group.size())));
          if (group.size() > 1) {
            next.put(longer(e.getKey(), Irreducible.CENTRED), value.sub(mean));
          }
        } else {
          next.put(longer(e.getKey(), Irreducible.VECTOR), value);
        }
      }
      split = next;
    }
    return split;
  }

  private static List<Irreducible> longer(final List<Irreducible> list, final Irreducible last) {
    final List<Irreducible> result = new ArrayList<>(list);
    result.add(last);
    return result;
  }

  private NDArray toMatrix(
      final Leaf leaf, final Part part, final NDArray array, final boolean samples) {
    final int[] order = rowsThenColumns(leaf, part);
    if (!samples) {
      return transpose(array, order).reshape(new Shape(-1, part.columns()));
    }
    final int[] shifted = new int[order.length + 1];
    for (int i = 0; i < order.length; i++) {
      shifted[i + 1] = order[i] + 1;
    }
    return transpose(array, shifted).reshape(new Shape(-1, part.columns()));
  }

  private static NDArray transpose(final NDArray array, final int[] order) {
    for (int i = 0; i < order.length; i++) {
      if (order[i] != i) {
        return array.transpose(order);
      }
    }
    return array;
  }

  /** Axes that span rows, by group id, then all others: free axes and means. */
  private static int[] rowsThenColumns(final Leaf leaf, final Part part) {
    final SortedMap<String, Integer> rows = new TreeMap<>();
    final List<Integer> columns = new ArrayList<>();
    for (int axis = 0; axis < part.axes().size(); axis++) {
      final Irreducible irreducible = part.axes().get(axis);
      if (irreducible == null || irreducible == Irreducible.MEAN) {
        columns.add(axis);
      } else {
        rows.put(leaf.axes().get(axis), axis);
      }
    }
    final List<Integer> order = new ArrayList<>(rows.values());
    order.addAll(columns);
    return order.stream().mapToInt(Integer::intValue).toArray();
  }

  /**
   * The vector of which the given matrices are the analysis; the inverse of {@link
   * #analyse(NDList)}.
   *
   * @param matrices X_κ for each kind; the rows of centred parts sum to zero
   * @return one array a leaf, in the declared shapes
   */
  public NDList synthesise(final NDList matrices) {
    return synthesise(matrices, 0);
  }

  /**
   * The vectors of which the given matrices are the analysis.
   *
   * @param matrices as {@link #analyseSamples(NDList)} returns them
   * @param samples k, at least 1
   * @return one array a leaf, with a leading axis of k
   */
  public NDList synthesiseSamples(final NDList matrices, final int samples) {
    return synthesise(matrices, samples);
  }

  private NDList synthesise(final NDList matrices, final int samples) {
    final NDArray[] sums = new NDArray[symmetry.leaves().size()];
    int next = 0;
    for (final Component component : components) {
      final NDList ranges = new NDList();
      for (int i = 0; i < component.ranges().size(); i++) {
        ranges.add(matrices.get(next++));
      }
      final NDArray whole = ranges.size() == 1 ? ranges.get(0) : NDArrays.concat(ranges, 1);
      for (final Part part : component.parts()) {
        final NDArray columns =
            component.parts().size() == 1
                ? whole
                : whole.get(
                    new NDIndex(
                        ":, {}:{}", part.firstColumn(), part.firstColumn() + part.columns()));
        final NDArray piece =
            fromMatrix(symmetry.leaves().get(part.leaf()), part, columns, samples);
        sums[part.leaf()] = sums[part.leaf()] == null ? piece : sums[part.leaf()].add(piece);
      }
    }
    final NDList result = new NDList();
    for (int i = 0; i < sums.length; i++) {
      final Leaf leaf = symmetry.leaves().get(i);
      final long[] shape =
          java.util.stream.LongStream.concat(
                  samples == 0
                      ? java.util.stream.LongStream.empty()
                      : java.util.stream.LongStream.of(samples),
                  leaf.shape().stream().mapToLong(Integer::longValue))
              .toArray();
      result.add(sums[i].broadcast(new Shape(shape)));
    }
    return result;
  }

  /** The piece in the leaf's axes; axes of a mean have length 1 and hold its share of each unit. */
  private static NDArray fromMatrix(
      final Leaf leaf, final Part part, final NDArray columns, final int samples) {
    final int[] order = rowsThenColumns(leaf, part);
    final int offset = samples == 0 ? 0 : 1;
    final long[] permuted = new long[order.length + offset];
    final int[] inverse = new int[order.length + offset];
    if (offset == 1) {
      permuted[0] = samples;
    }
    double scale = 1;
    for (int i = 0; i < order.length; i++) {
      final int axis = order[i];
      final boolean mean = part.axes().get(axis) == Irreducible.MEAN;
      permuted[i + offset] = mean ? 1 : leaf.shape().get(axis);
      inverse[axis + offset] = i + offset;
      if (mean) {
        scale /= Math.sqrt(leaf.shape().get(axis));
      }
    }
    final NDArray piece = transpose(columns.reshape(new Shape(permuted)), inverse);
    return scale == 1 ? piece : piece.mul(scale);
  }
}
