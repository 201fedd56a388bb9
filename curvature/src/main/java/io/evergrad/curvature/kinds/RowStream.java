/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.kinds;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import io.evergrad.curvature.kinds.KindDecomposition.Component;
import io.evergrad.curvature.kinds.KindDecomposition.Part;
import io.evergrad.curvature.kinds.KindDecomposition.RowMap;
import io.evergrad.curvature.kinds.KindDecomposition.RowVisitor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * X_κ of a large vector, a few rows at a time. A kind is cut into slabs along the axis of one group
 * that all its tensors have once: the slab's rows are those of a few units, and what is computed
 * from them goes back to these units. Each slab has a scope of its own.
 *
 * @param leastSlab elements of a slab, if its kind has as many
 * @param mostSlabs of a kind: each takes the mean over all units once more
 */
record RowStream(KindDecomposition kinds, long leastSlab, int mostSlabs) {

  /** Slabs that pay: smaller ones cost calls, more of them means over all units. */
  RowStream(final KindDecomposition kinds) {
    this(kinds, 1 << 18, 8);
  }

  /**
   * Some rows of a whole kind.
   *
   * @param component with parts that give these rows only
   * @param group along which it is cut; empty if it is whole
   * @param units whose rows they are
   */
  private record Slab(Component component, Optional<String> group, Range units) {}

  /** As {@link KindDecomposition#forEachRows}. */
  void forEachRows(final NDList leaves, final RowVisitor visitor) {
    forEachSlab(
        leaves,
        (first, slab, arrays) -> {
          final NDArray whole = analyse(slab.component(), arrays);
          for (int i = 0; i < slab.component().ranges().size(); i++) {
            visitor.visit(first + i, columns(slab.component().ranges().get(i), whole));
          }
        });
  }

  /** As {@link KindDecomposition#mapRows}. */
  NDList mapRows(final NDList leaves, final RowMap f) {
    final NDList sums = new NDList();
    leaves.forEach(leaf -> sums.add(leaf.getManager().zeros(leaf.getShape(), leaf.getDataType())));
    forEachSlab(
        leaves,
        (first, slab, arrays) -> {
          final NDArray whole = analyse(slab.component(), arrays);
          final NDList products = new NDList();
          for (int i = 0; i < slab.component().ranges().size(); i++) {
            products.add(f.apply(first + i, columns(slab.component().ranges().get(i), whole)));
          }
          add(sums, slab, KindDecomposition.joined(products), whole.getManager());
        });
    return sums;
  }

  /** Does something with one slab. */
  private interface SlabVisitor {
    /**
     * @param first index of its component's first kind
     * @param leaves on a manager that is closed after the visit
     */
    void visit(int first, Slab slab, NDList leaves);
  }

  private void forEachSlab(final NDList leaves, final SlabVisitor visitor) {
    int first = 0;
    for (final Component component : kinds.components()) {
      for (final Slab slab : slabs(component)) {
        try (NDManager scope = leaves.get(0).getManager().newSubManager()) {
          final NDList aliases = new NDList();
          leaves.forEach(leaf -> aliases.add(alias(leaf, scope)));
          visitor.visit(first, slab, aliases);
        }
      }
      first += component.ranges().size();
    }
  }

  private NDArray analyse(final Component component, final NDList leaves) {
    final NDList columns = new NDList();
    for (final Part part : component.parts()) {
      columns.add(kinds.split(part.leaf()).piece(part.copies(), leaves.get(part.leaf())));
    }
    return KindDecomposition.joined(columns);
  }

  private static NDArray columns(final Kind kind, final NDArray whole) {
    return kind.split() ? KindDecomposition.columns(whole, kind.range()) : whole;
  }

  /** Adds the vector of which a slab is the analysis. */
  private void add(
      final NDList sums, final Slab slab, final NDArray products, final NDManager scope) {
    for (final Part part : slab.component().parts()) {
      final LeafSplit split = kinds.split(part.leaf());
      final NDArray piece =
          split.synthesise(
              part.copies(), KindDecomposition.columns(products, slab.component(), part), 0);
      NDArray target = alias(sums.get(part.leaf()), scope);
      if (slab.group().isPresent()) {
        target = narrow(target, split.axes(slab.group().get()).get(0), slab.units());
      }
      target.addi(piece);
    }
  }

  /** A view of a few positions of an axis. */
  private static NDArray narrow(final NDArray array, final int axis, final Range range) {
    final String before = String.join("", Collections.nCopies(axis, ":, "));
    return array.get(new NDIndex(before + "{}:{}", range.first(), range.end()));
  }

  /** The same elements, on another manager. */
  private static NDArray alias(final NDArray array, final NDManager manager) {
    final NDArray alias = array.reshape(array.getShape());
    alias.attach(manager);
    return alias;
  }

  private List<Slab> slabs(final Component component) {
    final Optional<String> group = cuttable(component);
    if (group.isEmpty()) {
      return List.of(new Slab(component, Optional.empty(), new Range(0, 0)));
    }
    final int units = kinds.symmetry().groups().get(group.get()).size();
    final List<Slab> slabs = new ArrayList<>();
    for (final Range range : Range.cut(units, unitsOfSlab(component, units))) {
      final List<Part> parts = new ArrayList<>();
      for (final Part part : component.parts()) {
        final SortedMap<String, Copy> copies = new TreeMap<>(part.copies());
        copies.computeIfPresent(group.get(), (id, copy) -> copy.within(range));
        parts.add(new Part(part.leaf(), copies, part.firstColumn(), part.columns()));
      }
      slabs.add(
          new Slab(
              new Component(component.irreducibles(), parts, component.ranges()), group, range));
    }
    return slabs;
  }

  private int unitsOfSlab(final Component component, final int units) {
    final long ofLeastSize = leastSlab / Math.max(1, elements(component) / units) + 1;
    return (int) Math.min(units, Math.max(ofLeastSize, units / mostSlabs + 1));
  }

  /** Elements of X_κ. */
  private long elements(final Component component) {
    final Kind kind = component.ranges().get(0);
    return kinds.rows(kind) * kind.members() * kind.copies();
  }

  /**
   * The first group that is not trivial on the kind, if each of its tensors has it on one axis:
   * where its rows are units. Groups before it only took means.
   */
  private Optional<String> cuttable(final Component component) {
    return component.irreducibles().entrySet().stream()
        .findFirst()
        .filter(e -> e.getValue() == Irreducible.CENTRED || e.getValue() == Irreducible.VECTOR)
        .map(e -> e.getKey())
        .filter(
            id ->
                component.parts().stream()
                    .allMatch(part -> kinds.split(part.leaf()).axes(id).size() == 1));
  }

  /** As {@link KindDecomposition#elementsAtATime()}. */
  long elementsAtATime() {
    final var taken = kinds.components().stream().mapToLong(this::elementsAtATime);
    return kinds.streamed() ? taken.max().orElse(0) : taken.sum();
  }

  private long elementsAtATime(final Component component) {
    final long paired =
        component.parts().stream()
            .map(part -> kinds.split(part.leaf()))
            .filter(LeafSplit::paired)
            .mapToLong(split -> split.leaf().count())
            .sum();
    final Optional<String> group = kinds.streamed() ? cuttable(component) : Optional.empty();
    if (group.isEmpty()) {
      return elements(component) + 2 * paired;
    }
    final int units = kinds.symmetry().groups().get(group.get()).size();
    return elements(component) / units * unitsOfSlab(component, units) + 2 * paired;
  }
}
