/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.invariance;

import ai.djl.ndarray.NDList;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * An element A of a symmetry: one element of each group, which moves every axis that carries the
 * group.
 *
 * @param symmetry the declaration
 * @param elements by group id
 */
public record SymmetryElement(Symmetry symmetry, SortedMap<String, GroupElement> elements) {

  /** Draws an element of every group, in the order of their ids. */
  public static SymmetryElement random(final Symmetry symmetry, final SplittableRandom random) {
    final SortedMap<String, GroupElement> elements = new TreeMap<>();
    symmetry.groups().forEach((id, group) -> elements.put(id, GroupElement.random(group, random)));
    return new SymmetryElement(symmetry, elements);
  }

  /**
   * A v, for a vector of parameters or a gradient.
   *
   * @param values one array a leaf, of its shape
   * @return the same shapes, on the managers of the values; an array that nothing moves is the same
   *     array, not a copy
   */
  public NDList apply(final NDList values) {
    NDList moved = values;
    for (final Map.Entry<String, GroupElement> element : elements.entrySet()) {
      moved =
          Action.of(symmetry, element.getKey()).apply(element.getValue(), symmetry.leaves(), moved);
    }
    return moved;
  }
}
