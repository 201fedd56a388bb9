/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.symmetry;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The declaration of a weight-space symmetry: which groups act on which axes of which tensors. A
 * tensor may meet a group at most twice: a recurrent matrix has it on both axes. A value: equal
 * declarations are equal, and the text of one can be read back.
 *
 * @param groups by id, in the order of their ids
 * @param leaves tensors in the order in which the parameter vector θ lists them
 */
public record Symmetry(SortedMap<String, Group> groups, List<Leaf> leaves) {
  private static final String GROUP = "group.";
  private static final String LEAF = "leaf.";

  /**
   * @throws IllegalArgumentException naming leaf and axis, if an axis carries an unknown group or
   *     has another length than its group, if a leaf meets a group a third time, or if two leaves
   *     share a name
   */
  public Symmetry {
    groups = Collections.unmodifiableSortedMap(new TreeMap<>(groups));
    leaves = List.copyOf(leaves);
    final Set<String> names = new HashSet<>();
    for (final Leaf leaf : leaves) {
      if (!names.add(leaf.name())) {
        throw new IllegalArgumentException("two leaves are named '" + leaf.name() + "'");
      }
      check(leaf, groups);
    }
  }

  private static void check(final Leaf leaf, final Map<String, Group> groups) {
    final Map<String, Integer> met = new HashMap<>();
    for (int axis = 0; axis < leaf.axes().size(); axis++) {
      final String id = leaf.axes().get(axis);
      if (id.equals(Leaf.FREE)) {
        continue;
      }
      final String where = "leaf '" + leaf.name() + "', axis " + axis + ": ";
      final Group group = groups.get(id);
      if (group == null) {
        throw new IllegalArgumentException(
            where + "unknown group '" + id + "', expected one of " + groups.keySet());
      }
      if (group.size() != leaf.shape().get(axis)) {
        throw new IllegalArgumentException(
            where
                + "length "
                + leaf.shape().get(axis)
                + ", but group '"
                + id
                + "' has size "
                + group.size());
      }
      if (group.type() != GroupType.IDENTITY && met.merge(id, 1, Integer::sum) > 2) {
        throw new IllegalArgumentException(
            where
                + "meets group '"
                + id
                + "' a third time, and no more than two are supported: declare one of the axes "
                + "free");
      }
    }
  }

  /**
   * One tensor under a group on one of its axes, the others free. With O(n) on a weight matrix's
   * output axis the inverse root of Eq. 11, uncentred, is that of Muon (one gradient) and of
   * one-sided Shampoo (a sum of them); one such choice for each axis gives two-sided Shampoo. See
   * {@code SpecialCasesTest} and docs/mathematics.md.
   *
   * @param name of the tensor
   * @param axis which one
   */
  public static Symmetry onOneAxis(
      final String name, final List<Integer> shape, final int axis, final GroupType type) {
    final List<String> axes = new ArrayList<>(Collections.nCopies(shape.size(), Leaf.FREE));
    axes.set(axis, "units");
    return new Symmetry(
        new TreeMap<>(Map.of("units", new Group(type, shape.get(axis)))),
        List.of(new Leaf(name, shape, axes)));
  }

  /** N, the number of parameters. */
  public long count() {
    return leaves.stream().mapToLong(Leaf::count).reduce(0, Math::addExact);
  }

  /**
   * The declaration as text: {@code group.ID} to a type's label and a size, {@code leaf.INDEX} to a
   * leaf's text. The inverse of {@link #parse(Map)}.
   */
  public SortedMap<String, String> declaration() {
    final SortedMap<String, String> declaration = new TreeMap<>();
    groups.forEach((id, group) -> declaration.put(GROUP + id, group.toString()));
    for (int i = 0; i < leaves.size(); i++) {
      declaration.put(LEAF + i, leaves.get(i).toString());
    }
    return declaration;
  }

  /**
   * The symmetry of a declaration.
   *
   * @param declaration as {@link #declaration()} gives it; other keys are left alone
   * @throws IllegalArgumentException naming the entry that is not understood, or the leaf that is
   *     missing
   */
  public static Symmetry parse(final Map<String, String> declaration) {
    final SortedMap<String, Group> groups = new TreeMap<>();
    long count = 0;
    for (final Map.Entry<String, String> e : declaration.entrySet()) {
      if (e.getKey().startsWith(GROUP)) {
        groups.put(e.getKey().substring(GROUP.length()), Group.parse(e.getValue()));
      } else if (e.getKey().startsWith(LEAF)) {
        count++;
      }
    }
    final List<Leaf> leaves = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      final String leaf = declaration.get(LEAF + i);
      if (leaf == null) {
        throw new IllegalArgumentException(
            "a declaration of " + count + " leaves has no " + LEAF + i + ": " + declaration);
      }
      leaves.add(Leaf.parse(leaf));
    }
    return new Symmetry(groups, leaves);
  }

  /** The declaration, an entry a line. */
  @Override
  public String toString() {
    final StringBuilder lines = new StringBuilder();
    groups.forEach((id, group) -> lines.append(id).append(": ").append(group).append('\n'));
    leaves.forEach(leaf -> lines.append(leaf).append('\n'));
    return lines.toString();
  }
}
