/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.symmetry;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

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

  /**
   * The leaf of a text.
   *
   * @param text as {@link #toString()} gives it
   * @throws IllegalArgumentException quoting the text if it is not understood
   */
  public static Leaf parse(final String text) {
    final int bracket = text.lastIndexOf(" [");
    if (bracket < 0 || !text.endsWith("]")) {
      throw notALeaf(text, null);
    }
    final List<Integer> shape = new ArrayList<>();
    final List<String> axes = new ArrayList<>();
    final String inside = text.substring(bracket + 2, text.length() - 1);
    try {
      for (final String axis : inside.isEmpty() ? new String[0] : inside.split(", ")) {
        final int colon = axis.lastIndexOf(':');
        axes.add(axis.substring(0, colon));
        shape.add(Integer.valueOf(axis.substring(colon + 1)));
      }
    } catch (final IndexOutOfBoundsException | NumberFormatException e) {
      throw notALeaf(text, e);
    }
    return new Leaf(text.substring(0, bracket), shape, axes);
  }

  private static IllegalArgumentException notALeaf(final String text, final Exception cause) {
    return new IllegalArgumentException(
        "leaf '"
            + text
            + "': expected a name and, for each axis, what acts on it and its length, such as "
            + "'layer1.weight [hidden1:256, free:784]'",
        cause);
  }

  /**
   * Name, and for each axis what acts on it and its length: {@code "w [hidden1:256, free:784]"}.
   */
  @Override
  public String toString() {
    return IntStream.range(0, axes.size())
        .mapToObj(axis -> axes.get(axis) + ":" + shape.get(axis))
        .collect(Collectors.joining(", ", name + " [", "]"));
  }
}
