/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.kinds;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
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
 * are coordinates of the irreducible parts of the kind's groups, the groups in the order of their
 * ids. They are redundant where that spares a basis: a centred part has n rows that sum to zero,
 * not n − 1; so only means, centrings and transposes are taken, and Σ_κ ‖X_κ‖² = ‖v‖² all the same.
 * By Schur's lemma every matrix that commutes with the group acts on X_κ from the right by an m_κ ×
 * m_κ block, and R2(v, v) by X_κᵀ X_κ / d_κ (paper, Eq. 2 and 6).
 *
 * <p>A kind of several members has a matrix for each, stacked along a leading axis.
 *
 * <p>Symbols: κ {@link Kind}; d_κ {@link Kind#dimension()}; m_κ {@link Kind#multiplicity()}; X_κ
 * the arrays of {@link #analyse(NDList)}. Immutable and thread-safe.
 */
public final class KindDecomposition {
  private final Symmetry symmetry;
  private final List<LeafSplit> splits;
  private final List<Component> components;
  private final List<Kind> kinds;

  /**
   * Parameters from which on {@link #forEachRows} and {@link #mapRows} go through X_κ a few rows at
   * a time. Below, more calls would cost more than memory does.
   */
  private static final long STREAMED = 1 << 20;

  /** Takes X_κ, or some of its rows. */
  @FunctionalInterface
  public interface RowVisitor {
    /**
     * @param kind index in {@link #kinds()}
     * @param rows of X_κ, in the shape that {@link #analyse(NDList)} gives it; not to be changed,
     *     and closed after the visit where there are others
     */
    void visit(int kind, NDArray rows);
  }

  /** A matrix on X_κ from the right, on whatever rows it is given. */
  @FunctionalInterface
  public interface RowMap {
    /**
     * @param kind index in {@link #kinds()}
     * @param rows of X_κ, as for {@link RowVisitor}
     * @return the same shape, on the rows' manager
     */
    NDArray apply(int kind, NDArray rows);
  }

  /** Where one choice of copies of one leaf contributes to a whole kind. */
  record Part(int leaf, SortedMap<String, Copy> copies, int firstColumn, int columns) {}

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
    splits = symmetry.leaves().stream().map(leaf -> LeafSplit.of(leaf, symmetry)).toList();
    final Map<SortedMap<String, Irreducible>, List<Part>> parts = new LinkedHashMap<>();
    for (int i = 0; i < splits.size(); i++) {
      for (final SortedMap<String, Copy> copies : splits.get(i).choices()) {
        final List<Part> siblings =
            parts.computeIfAbsent(nonTrivial(copies), k -> new ArrayList<>());
        final int first = siblings.stream().mapToInt(Part::columns).sum();
        siblings.add(new Part(i, copies, first, splits.get(i).columns(copies)));
      }
    }
    components =
        parts.entrySet().stream()
            .map(e -> new Component(e.getKey(), e.getValue(), ranges(e, blockLimit)))
            .sorted(Comparator.comparing(c -> c.irreducibles().toString()))
            .toList();
    kinds = components.stream().flatMap(c -> c.ranges().stream()).toList();
  }

  private static SortedMap<String, Irreducible> nonTrivial(final SortedMap<String, Copy> copies) {
    final SortedMap<String, Irreducible> irreducibles = new TreeMap<>();
    copies.forEach(
        (id, copy) -> {
          if (copy.irreducible() != Irreducible.TRIVIAL) {
            irreducibles.put(id, copy.irreducible());
          }
        });
    return irreducibles;
  }

  private List<Kind> ranges(
      final Map.Entry<SortedMap<String, Irreducible>, List<Part>> component, final int limit) {
    int dimension = 1;
    int members = 1;
    for (final Map.Entry<String, Irreducible> e : component.getKey().entrySet()) {
      final var group = symmetry.groups().get(e.getKey());
      dimension = Math.multiplyExact(dimension, e.getValue().dimension(group));
      members = Math.multiplyExact(members, e.getValue().members(group));
    }
    final int copies = component.getValue().stream().mapToInt(Part::columns).sum();
    final int d = dimension;
    final int f = members;
    return Range.cut(copies, limit).stream()
        .map(range -> new Kind(component.getKey(), d, f, range, copies))
        .toList();
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
   * Rows of X_κ for one vector and one member: the number of coordinates of its irreducible parts,
   * which is d_κ or, where they are redundant, more.
   */
  public long rows(final Kind kind) {
    return kind.irreducibles().entrySet().stream()
        .mapToLong(e -> e.getValue().coordinates(symmetry.groups().get(e.getKey())))
        .reduce(1, Math::multiplyExact);
  }

  /** What {@link #forEachRows} takes beside the visits, each kind by itself. */
  public Work analysisWork() {
    return splits.stream()
        .flatMap(split -> split.choices().stream().map(split::work))
        .reduce(Work.NONE, Work::plus);
  }

  /** What {@link #mapRows} takes beside the analysis and f: each piece is added to its leaf. */
  public Work synthesisWork() {
    return splits.stream()
        .flatMap(
            split ->
                split.choices().stream()
                    .map(split::work)
                    .map(work -> work.plus(split.additionWork())))
        .reduce(Work.NONE, Work::plus);
  }

  /**
   * Elements of the arrays that {@link #forEachRows} holds at a time, a few times over: of the
   * largest slab where kinds are taken a few rows at a time, else of all X_κ. Two axes of one group
   * are taken whole.
   */
  public long elementsAtATime() {
    return new RowStream(this).elementsAtATime();
  }

  /** How a leaf splits. */
  LeafSplit split(final int leaf) {
    return splits.get(leaf);
  }

  /**
   * X_κ(v) for each kind.
   *
   * @param leaves v, one array a leaf, in the declared shapes
   * @return one matrix a kind, rows × m_κ; members × rows × m_κ for a kind of several members; on
   *     the leaves' manager
   */
  public NDList analyse(final NDList leaves) {
    return analyse(leaves, false);
  }

  /**
   * Visits X_κ(v) of each kind, in the order of {@link #kinds()}. A large network's are visited in
   * several parts, each a few of the rows, and what a visit leaves on the rows' manager is freed
   * after it: no more than a fraction of v is held at a time. Every row is visited once.
   *
   * @param leaves v, one array a leaf
   */
  public void forEachRows(final NDList leaves, final RowVisitor visitor) {
    if (streamed()) {
      new RowStream(this).forEachRows(leaves, visitor);
      return;
    }
    final NDList analysis = analyse(leaves);
    for (int i = 0; i < analysis.size(); i++) {
      visitor.visit(i, analysis.get(i));
    }
  }

  /**
   * The vector whose analysis is f(X_κ(v)). A large network's rows are taken a few at a time, as by
   * {@link #forEachRows}; what is held beside them is the result.
   *
   * @param leaves v, one array a leaf
   * @param f block by block a matrix from the right
   * @return one array a leaf, on the leaves' manager
   */
  public NDList mapRows(final NDList leaves, final RowMap f) {
    if (streamed()) {
      return new RowStream(this).mapRows(leaves, f);
    }
    final NDList analysis = analyse(leaves);
    final NDList products = new NDList(analysis.size());
    for (int i = 0; i < analysis.size(); i++) {
      products.add(f.apply(i, analysis.get(i)));
    }
    return synthesise(products);
  }

  /** Whether {@link #forEachRows} and {@link #mapRows} take large kinds a few rows at a time. */
  boolean streamed() {
    return symmetry.count() >= STREAMED;
  }

  /**
   * X_κ of several vectors at once, one below the other.
   *
   * @param samples as for {@link #analyse(NDList)}, each with a leading axis of k samples
   * @return one matrix a kind, (k · rows) × m_κ; with a leading axis of members if there are
   *     several
   */
  public NDList analyseSamples(final NDList samples) {
    return analyse(samples, true);
  }

  private NDList analyse(final NDList leaves, final boolean samples) {
    if (leaves.size() != symmetry.leaves().size()) {
      throw new IllegalArgumentException(
          leaves.size() + " arrays for " + symmetry.leaves().size() + " leaves");
    }
    final List<Map<SortedMap<String, Copy>, NDArray>> pieces = new ArrayList<>();
    for (int i = 0; i < leaves.size(); i++) {
      pieces.add(splits.get(i).analyse(leaves.get(i), samples));
    }
    final NDList result = new NDList(kinds.size());
    for (final Component component : components) {
      final NDList columns = new NDList();
      for (final Part part : component.parts()) {
        columns.add(pieces.get(part.leaf()).get(part.copies()));
      }
      final NDArray whole = joined(columns);
      for (final Kind kind : component.ranges()) {
        result.add(kind.split() ? columns(whole, kind.range()) : whole);
      }
    }
    return result;
  }

  /** Matrices of the same rows as one. */
  static NDArray joined(final NDList columns) {
    return columns.size() == 1
        ? columns.get(0)
        : NDArrays.concat(columns, columns.get(0).getShape().dimension() - 1);
  }

  /** A part's columns of its whole kind. */
  static NDArray columns(final NDArray whole, final Component component, final Part part) {
    return component.parts().size() == 1
        ? whole
        : columns(whole, new Range(part.firstColumn(), part.firstColumn() + part.columns()));
  }

  static NDArray columns(final NDArray matrix, final Range range) {
    return matrix.get(new NDIndex("..., {}:{}", range.first(), range.end()));
  }

  /**
   * The vector of which the given matrices are the analysis; the inverse of {@link
   * #analyse(NDList)}.
   *
   * @param matrices X_κ for each kind, rows in the span of those that analysis gives
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
    final NDArray[] sums = new NDArray[splits.size()];
    int next = 0;
    for (final Component component : components) {
      final NDList ranges = new NDList();
      for (int i = 0; i < component.ranges().size(); i++) {
        ranges.add(matrices.get(next++));
      }
      final NDArray whole = joined(ranges);
      for (final Part part : component.parts()) {
        final NDArray matrix = columns(whole, component, part);
        final NDArray piece = splits.get(part.leaf()).synthesise(part.copies(), matrix, samples);
        sums[part.leaf()] = sums[part.leaf()] == null ? piece : sums[part.leaf()].add(piece);
      }
    }
    return new NDList(sums);
  }
}
