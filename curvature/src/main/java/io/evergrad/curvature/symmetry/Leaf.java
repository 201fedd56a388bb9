/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.symmetry;

import java.util.List;

/**
 * A parameter tensor and what acts on each of its axes.
 *
 * @param name unique within a symmetry
 * @param shape length of each axis, each at least 1
 * @param axes for each axis a group id, or {@link #FREE}
 */
public record Leaf(String name, List<Integer> shape, List<String> axes) {

  /** Marks an axis that no group acts on. */
  public static final String FREE = "free";

  /**
   * @throws IllegalArgumentException if shape and axes differ in length, or a length is below 1
   */
  public Leaf {
    shape = List.copyOf(shape);
    axes = List.copyOf(axes);
    if (shape.size() != axes.size()) {
      throw new IllegalArgumentException(
          "leaf '" + name + "': shape " + shape + " but axes " + axes + ", expected one an axis");
    }
    if (shape.stream().anyMatch(length -> length < 1)) {
      throw new IllegalArgumentException(
          "leaf '" + name + "': shape " + shape + ", expected every length at least 1");
    }
  }

  /** Number of parameters. */
  public long count() {
    return shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
  }
}
