/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.invariance;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.Leaf;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * One group and the axes that it moves.
 *
 * @param axes in the order of the leaves
 */
record Action(Group group, Set<Axis> axes) {

  Action {
    axes = Collections.unmodifiableSet(new LinkedHashSet<>(axes));
  }

  /** That of one group of a declaration. */
  static Action of(final Symmetry symmetry, final String id) {
    final Set<Axis> axes = new LinkedHashSet<>();
    for (final Leaf leaf : symmetry.leaves()) {
      for (int axis = 0; axis < leaf.axes().size(); axis++) {
        if (leaf.axes().get(axis).equals(id)) {
          axes.add(new Axis(leaf.name(), axis));
        }
      }
    }
    return new Action(symmetry.groups().get(id), axes);
  }

  /**
   * Moves every axis by the same element.
   *
   * @param values one array a leaf; those that are not moved are returned as they are
   */
  NDList apply(final GroupElement element, final List<Leaf> leaves, final NDList values) {
    final NDList moved = new NDList(values.size());
    for (int i = 0; i < leaves.size(); i++) {
      final Leaf leaf = leaves.get(i);
      NDArray value = values.get(i);
      for (int axis = 0; axis < leaf.axes().size(); axis++) {
        if (axes.contains(new Axis(leaf.name(), axis))) {
          value = element.apply(value, axis);
        }
      }
      moved.add(value);
    }
    return moved;
  }
}
