/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.invariance;

import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.GroupType;
import io.evergrad.curvature.symmetry.Leaf;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Looks for the smallest change of a wrong group after which it holds: another type, an axis less,
 * an axis more, an axis of the same tensor in another's place; then two of these, and three.
 */
final class Diagnosis {
  private static final int LARGEST_CHANGE = 3;
  private static final int MOST_MEETINGS = 2;

  /**
   * @param type the new type, if it changes
   * @param toggled axes that carry the group afterwards if and only if they did not before
   */
  private record Change(Optional<GroupType> type, Set<Axis> toggled) {

    private static final Change NONE = new Change(Optional.empty(), Set.of());

    private boolean compatible(final Change other) {
      return (type.isEmpty() || other.type.isEmpty())
          && Collections.disjoint(toggled, other.toggled);
    }

    private Change and(final Change other) {
      final Set<Axis> union = new LinkedHashSet<>(toggled);
      union.addAll(other.toggled);
      return new Change(type.or(() -> other.type), union);
    }
  }

  private final Orbit orbit;
  private final String id;
  private final Action declared;
  private final Map<Axis, String> carriers = new LinkedHashMap<>();
  private final List<Change> changes = new ArrayList<>();
  private int trialsLeft;

  /**
   * @param trials how many changes to try at most
   */
  Diagnosis(final Orbit orbit, final Symmetry symmetry, final String id, final int trials) {
    this.orbit = orbit;
    this.id = id;
    trialsLeft = trials;
    declared = Action.of(symmetry, id);
    for (final Leaf leaf : symmetry.leaves()) {
      for (int axis = 0; axis < leaf.axes().size(); axis++) {
        if (leaf.shape().get(axis) == declared.group().size()) {
          carriers.put(new Axis(leaf.name(), axis), leaf.axes().get(axis));
        }
      }
    }
    Arrays.stream(GroupType.values())
        .filter(type -> type != declared.group().type())
        .filter(type -> !Orbit.trivial(new Group(type, declared.group().size())))
        .forEach(type -> changes.add(new Change(Optional.of(type), Set.of())));
    carriers.keySet().forEach(axis -> changes.add(new Change(Optional.empty(), Set.of(axis))));
    for (final Axis from : declared.axes()) {
      for (final Axis to : carriers.keySet()) {
        if (to.leaf().equals(from.leaf()) && !declared.axes().contains(to)) {
          changes.add(new Change(Optional.empty(), Set.of(from, to)));
        }
      }
    }
  }

  Fault fault(final double deviation) {
    final List<Remedy> remedies = new ArrayList<>();
    for (int size = 1; size <= LARGEST_CHANGE && remedies.isEmpty(); size++) {
      search(Change.NONE, 0, size, remedies);
    }
    return new Fault(
        id,
        declared.group(),
        Collections.unmodifiableMap(carriers),
        deviation,
        strongest(remedies));
  }

  private void search(
      final Change chosen, final int from, final int size, final List<Remedy> remedies) {
    if (size == 0) {
      final Action changed = changed(chosen);
      if (allowed(changed) && trialsLeft-- > 0 && orbit.holds(changed)) {
        remedies.add(remedy(chosen));
      }
      return;
    }
    for (int i = from; i < changes.size() && trialsLeft > 0; i++) {
      if (chosen.compatible(changes.get(i))) {
        search(chosen.and(changes.get(i)), i + 1, size - 1, remedies);
      }
    }
  }

  private Action changed(final Change change) {
    final Set<Axis> axes = new LinkedHashSet<>(declared.axes());
    for (final Axis axis : change.toggled()) {
      if (!axes.remove(axis)) {
        axes.add(axis);
      }
    }
    final Group group = declared.group();
    return new Action(change.type().map(type -> new Group(type, group.size())).orElse(group), axes);
  }

  /** A group must move something, and a tensor may meet it twice at most. */
  private static boolean allowed(final Action action) {
    final Map<String, Integer> met = new HashMap<>();
    action.axes().forEach(axis -> met.merge(axis.leaf(), 1, Integer::sum));
    return !met.isEmpty() && met.values().stream().allMatch(times -> times <= MOST_MEETINGS);
  }

  private Remedy remedy(final Change change) {
    return new Remedy(
        change.type().orElse(declared.group().type()),
        carriers.keySet().stream()
            .filter(axis -> change.toggled().contains(axis) && declared.axes().contains(axis))
            .toList(),
        carriers.keySet().stream()
            .filter(axis -> change.toggled().contains(axis) && !declared.axes().contains(axis))
            .toList());
  }

  /** Where signed permutations help, so do permutations and sign flips: these are left out. */
  private static List<Remedy> strongest(final List<Remedy> remedies) {
    return remedies.stream()
        .filter(
            remedy ->
                remedy.type() == GroupType.SIGNED_PERMUTATION
                    || !remedies.contains(
                        new Remedy(
                            GroupType.SIGNED_PERMUTATION, remedy.surplus(), remedy.missing())))
        .toList();
  }
}
