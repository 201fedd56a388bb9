/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.kinds;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.GroupType;
import io.evergrad.curvature.symmetry.Leaf;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * How one tensor splits under all groups that act on it: one group after another takes its one or
 * two axes to the end and splits them. A choice of a {@link Copy} for each group is a piece, a
 * matrix whose rows are the coordinates of its irreducible parts and whose columns are its copies:
 * the free axes in their order, then the copies within each group.
 *
 * @param leaf the tensor
 * @param actions by group id
 */
record LeafSplit(Leaf leaf, List<Action> actions) {

  /**
   * A group on its axes.
   *
   * @param axes one or two, ascending
   * @param order takes the axes to the end, given that earlier groups' results are there already
   */
  record Action(String id, List<Copy> copies, List<Integer> axes, int[] order) {}

  static LeafSplit of(final Leaf leaf, final Symmetry symmetry) {
    final SortedMap<String, List<Integer>> met = new TreeMap<>();
    final List<Integer> left = new ArrayList<>();
    for (int axis = 0; axis < leaf.axes().size(); axis++) {
      left.add(axis);
      final Group group = symmetry.groups().get(leaf.axes().get(axis));
      if (group != null && group.type() != GroupType.IDENTITY) {
        met.computeIfAbsent(leaf.axes().get(axis), id -> new ArrayList<>()).add(axis);
      }
    }
    final List<Action> actions = new ArrayList<>();
    met.forEach(
        (id, axes) -> {
          final Group group = symmetry.groups().get(id);
          final int done = 2 * actions.size();
          final List<Integer> order = new ArrayList<>();
          for (int i = 0; i < left.size() + done; i++) {
            if (i >= left.size() || !axes.contains(left.get(i))) {
              order.add(i);
            }
          }
          axes.forEach(axis -> order.add(left.indexOf(axis)));
          left.removeAll(axes);
          actions.add(
              new Action(
                  id,
                  axes.size() == 1 ? Copy.ofAxis(group) : Copy.ofPair(group),
                  List.copyOf(axes),
                  order.stream().mapToInt(Integer::intValue).toArray()));
        });
    return new LeafSplit(leaf, List.copyOf(actions));
  }

  /** Every choice of a copy for each group, in a fixed order. */
  List<SortedMap<String, Copy>> choices() {
    List<SortedMap<String, Copy>> choices = List.of(new TreeMap<>());
    for (final Action action : actions) {
      final List<SortedMap<String, Copy>> longer = new ArrayList<>();
      for (final SortedMap<String, Copy> choice : choices) {
        for (final Copy copy : action.copies()) {
          longer.add(with(choice, action.id(), copy));
        }
      }
      choices = longer;
    }
    return choices;
  }

  private static SortedMap<String, Copy> with(
      final SortedMap<String, Copy> choice, final String id, final Copy copy) {
    final SortedMap<String, Copy> longer = new TreeMap<>(choice);
    longer.put(id, copy);
    return longer;
  }

  /** Axes that no group moves, in their order. */
  List<Integer> freeAxes() {
    return IntStream.range(0, leaf.axes().size())
        .filter(axis -> actions.stream().noneMatch(action -> action.axes().contains(axis)))
        .boxed()
        .toList();
  }

  /** Columns of a piece. */
  int columns(final SortedMap<String, Copy> choice) {
    int columns = 1;
    for (final int axis : freeAxes()) {
      columns = Math.multiplyExact(columns, leaf.shape().get(axis));
    }
    for (final Copy copy : choice.values()) {
      columns = Math.multiplyExact(columns, copy.columns());
    }
    return columns;
  }

  /** Of analysis into one piece, or synthesis of it, a group after the other. */
  Work work(final SortedMap<String, Copy> choice) {
    Work work = Work.NONE;
    long elements = leaf.count();
    for (final Action action : actions) {
      final Copy copy = choice.get(action.id());
      final long before = elements;
      elements = before / units(action) * copy.rows() * copy.columns();
      final int passes = copy.passes(action.axes().size());
      if (passes > 0) {
        work = work.plus(new Work(passes * before, before + elements));
      }
    }
    return work;
  }

  private long units(final Action action) {
    return action.axes().stream()
        .mapToLong(axis -> leaf.shape().get(axis))
        .reduce(1, Math::multiplyExact);
  }

  /** Of adding a piece to the tensor. */
  Work additionWork() {
    return new Work(leaf.count(), 2 * leaf.count());
  }

  /** Whether one group acts on two of its axes. */
  boolean paired() {
    return actions.stream().anyMatch(action -> action.axes().size() > 1);
  }

  /** The pieces of a tensor, or of several with a leading axis of samples. */
  Map<SortedMap<String, Copy>, NDArray> analyse(final NDArray array, final boolean samples) {
    Map<SortedMap<String, Copy>, NDArray> split = new LinkedHashMap<>();
    split.put(new TreeMap<>(), array);
    for (final Action action : actions) {
      final Map<SortedMap<String, Copy>, NDArray> next = new LinkedHashMap<>();
      for (final Map.Entry<SortedMap<String, Copy>, NDArray> e : split.entrySet()) {
        final NDArray moved = transpose(e.getValue(), shifted(action.order(), samples));
        for (final Copy copy : action.copies()) {
          next.put(with(e.getKey(), action.id(), copy), copy.analysis().apply(moved));
        }
      }
      split = next;
    }
    split.replaceAll((choice, piece) -> toMatrix(choice, piece, samples));
    return split;
  }

  /** One piece of a tensor. */
  NDArray piece(final SortedMap<String, Copy> choice, final NDArray array) {
    NDArray piece = array;
    for (final Action action : actions) {
      piece = choice.get(action.id()).analysis().apply(transpose(piece, action.order()));
    }
    return toMatrix(choice, piece, false);
  }

  /** The axes that a group acts on; none if it leaves the tensor alone. */
  List<Integer> axes(final String id) {
    return actions.stream()
        .filter(action -> action.id().equals(id))
        .findFirst()
        .map(Action::axes)
        .orElse(List.of());
  }

  private NDArray toMatrix(
      final SortedMap<String, Copy> choice, final NDArray piece, final boolean samples) {
    final NDArray ordered = transpose(piece, matrixOrder(choice, samples));
    final int members = members(choice);
    final int columns = columns(choice);
    return ordered.reshape(members > 1 ? new Shape(members, -1, columns) : new Shape(-1, columns));
  }

  /** The tensors of which a piece is left by setting all others to zero. */
  NDArray synthesise(
      final SortedMap<String, Copy> choice, final NDArray matrix, final int samples) {
    final boolean leading = samples > 0;
    final int[] order = matrixOrder(choice, leading);
    final long[] lengths = pieceShape(choice, samples);
    final long[] ordered = new long[order.length];
    for (int i = 0; i < order.length; i++) {
      ordered[i] = lengths[order[i]];
    }
    NDArray piece = transpose(matrix.reshape(new Shape(ordered)), inverse(order));
    for (int i = actions.size() - 1; i >= 0; i--) {
      final Action action = actions.get(i);
      piece =
          transpose(
              choice.get(action.id()).synthesis().apply(piece),
              inverse(shifted(action.order(), leading)));
    }
    return piece;
  }

  /** Lengths after all groups: samples, free axes, then rows and columns of each group. */
  private long[] pieceShape(final SortedMap<String, Copy> choice, final int samples) {
    final List<Long> lengths = new ArrayList<>();
    if (samples > 0) {
      lengths.add((long) samples);
    }
    freeAxes().forEach(axis -> lengths.add((long) leaf.shape().get(axis)));
    choice
        .values()
        .forEach(
            copy -> {
              lengths.add((long) copy.rows());
              lengths.add((long) copy.columns());
            });
    return lengths.stream().mapToLong(Long::longValue).toArray();
  }

  /** Takes a piece's axes to: members, samples, other rows, free axes, copies within groups. */
  private int[] matrixOrder(final SortedMap<String, Copy> choice, final boolean samples) {
    final int free = freeAxes().size() + (samples ? 1 : 0);
    final List<Integer> members = new ArrayList<>();
    final List<Integer> rows = new ArrayList<>();
    final List<Integer> columns = new ArrayList<>();
    int axis = free;
    for (final Copy copy : choice.values()) {
      (copy.irreducible().family() ? members : rows).add(axis);
      columns.add(axis + 1);
      axis += 2;
    }
    final List<Integer> order = new ArrayList<>(members);
    if (samples) {
      order.add(0);
    }
    order.addAll(rows);
    IntStream.range(samples ? 1 : 0, free).forEach(order::add);
    order.addAll(columns);
    return order.stream().mapToInt(Integer::intValue).toArray();
  }

  private static int members(final SortedMap<String, Copy> choice) {
    return choice.values().stream()
        .filter(copy -> copy.irreducible().family())
        .mapToInt(Copy::rows)
        .reduce(1, Math::multiplyExact);
  }

  private static int[] shifted(final int[] order, final boolean samples) {
    if (!samples) {
      return order;
    }
    final int[] shifted = new int[order.length + 1];
    for (int i = 0; i < order.length; i++) {
      shifted[i + 1] = order[i] + 1;
    }
    return shifted;
  }

  private static int[] inverse(final int[] order) {
    final int[] inverse = new int[order.length];
    for (int i = 0; i < order.length; i++) {
      inverse[order[i]] = i;
    }
    return inverse;
  }

  private static NDArray transpose(final NDArray array, final int[] order) {
    for (int i = 0; i < order.length; i++) {
      if (order[i] != i) {
        return array.transpose(order);
      }
    }
    return array;
  }
}
