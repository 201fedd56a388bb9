/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.invariance;

import ai.djl.ndarray.NDList;
import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.GroupType;
import io.evergrad.curvature.symmetry.Leaf;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** How the loss changes along the orbits of single groups: the same elements for the same group. */
final class Orbit {
  private final LossSurface surface;
  private final List<Leaf> leaves;
  private final int count;
  private final long seed;
  private final Map<Group, List<GroupElement>> elements = new HashMap<>();

  Orbit(final LossSurface surface, final List<Leaf> leaves, final int count, final long seed) {
    this.surface = surface;
    this.leaves = leaves;
    this.count = count;
    this.seed = seed;
  }

  /** Whether the group has no element but the identity. */
  static boolean trivial(final Group group) {
    return group.type() == GroupType.IDENTITY
        || group.type() == GroupType.PERMUTATION && group.size() == 1;
  }

  /** The largest deviation over all elements, tried at all points in turn. */
  double deviation(final Action action) {
    double largest = 0;
    for (int i = 0; i < elements(action.group()).size(); i++) {
      largest = Math.max(largest, deviation(action, i));
    }
    return largest;
  }

  /** Whether no element changes the loss by more than rounding; stops at the first that does. */
  boolean holds(final Action action) {
    for (int i = 0; i < elements(action.group()).size(); i++) {
      if (deviation(action, i) > surface.tolerance()) {
        return false;
      }
    }
    return true;
  }

  private double deviation(final Action action, final int i) {
    final GroupElement element = elements(action.group()).get(i);
    final int point = surface.points() - 1 - i % surface.points();
    return surface.deviation(point, (final NDList values) -> action.apply(element, leaves, values));
  }

  private List<GroupElement> elements(final Group group) {
    return elements.computeIfAbsent(group, this::draw);
  }

  private List<GroupElement> draw(final Group group) {
    if (trivial(group)) {
      return List.of();
    }
    final SplittableRandom random = new SplittableRandom(seed);
    return Stream.generate(() -> GroupElement.random(group, random))
        .filter(element -> !element.isIdentity())
        .limit(count)
        .toList();
  }
}
