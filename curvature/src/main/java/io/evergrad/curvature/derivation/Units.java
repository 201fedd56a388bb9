/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.derivation;

import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.GroupType;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Units that run through the network side by side, and the axes of parameters that hold one entry a
 * unit. Two sets become one where layers join them.
 */
final class Units {
  /** From the largest group to the smallest. */
  static final List<GroupType> TYPES =
      List.of(GroupType.ORTHOGONAL, GroupType.SIGNED_PERMUTATION, GroupType.PERMUTATION);

  private final int size;
  private final Set<ParameterAxis> axes = new LinkedHashSet<>();
  private GroupType type = TYPES.get(0);
  private Optional<String> pinned = Optional.empty();
  private Units joined;

  Units(final int size) {
    this.size = size;
  }

  static Units pinned(final int size, final String reason) {
    final Units units = new Units(size);
    units.pin(reason);
    return units;
  }

  /** The set that this one has become part of: itself, if it was not joined. */
  Units all() {
    return joined == null ? this : joined.all();
  }

  int size() {
    return size;
  }

  Group group() {
    return new Group(all().type, size);
  }

  /** Why no group may move the units, if so. */
  Optional<String> pinned() {
    return all().pinned;
  }

  /** Axes with an entry a unit. */
  Set<ParameterAxis> axes() {
    return Set.copyOf(all().axes);
  }

  void carriedBy(final ParameterAxis axis) {
    all().axes.add(axis);
  }

  /** Forbids groups; the first reason stays. */
  void pin(final String reason) {
    final Units all = all();
    all.pinned = all.pinned.or(() -> Optional.of(reason));
  }

  /** Allows no larger group than of this type. */
  void restrict(final GroupType largest) {
    final Units all = all();
    all.type = smaller(all.type, largest);
  }

  static GroupType smaller(final GroupType one, final GroupType two) {
    return TYPES.indexOf(one) > TYPES.indexOf(two) ? one : two;
  }

  void join(final Units other) {
    final Units into = all();
    final Units from = other.all();
    if (into == from) {
      return;
    }
    if (into.size != from.size) {
      final String reason = "one parameter holds units of two layers, of different numbers";
      into.pin(reason);
      from.pin(reason);
      return;
    }
    into.axes.addAll(from.axes);
    into.type = smaller(into.type, from.type);
    from.pinned.ifPresent(into::pin);
    from.joined = into;
  }
}
