/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Checks of sizes, so that none is out of range when memory is asked for. */
final class Sizes {
  /** Most elements of one array: 1 GiB as float32. */
  static final int MOST = 1 << 28;

  /** Most layers of one network. */
  static final int MOST_LAYERS = 1_000;

  private Sizes() {}

  /**
   * @throws IllegalArgumentException naming it, if a size is below {@code least}
   */
  static void atLeast(final String name, final int value, final int least) {
    if (value < least) {
      throw new IllegalArgumentException(name + " " + value + ": expected at least " + least);
    }
  }

  /**
   * @throws IllegalArgumentException naming it, if one of a list of layers' sizes is below 1, or
   *     there are more than {@value #MOST_LAYERS}
   */
  static void eachAtLeastOne(final String name, final List<Integer> values) {
    atMostLayers(name, values.size());
    if (values.stream().anyMatch(value -> value < 1)) {
      throw new IllegalArgumentException(name + " " + values + ": expected each at least 1");
    }
  }

  /**
   * @throws IllegalArgumentException naming it, if there are more than {@value #MOST_LAYERS}
   */
  static void atMostLayers(final String name, final int count) {
    if (count > MOST_LAYERS) {
      throw new IllegalArgumentException(
          name + ": " + count + " layers, expected at most " + MOST_LAYERS);
    }
  }

  /**
   * The elements of an array.
   *
   * @param name of what the array holds
   * @param lengths of its axes, each at least 1
   * @throws IllegalArgumentException naming it, if there are more than {@value #MOST}
   */
  static int elements(final String name, final int... lengths) {
    long product = 1;
    for (final int length : lengths) {
      product *= length;
      if (product > MOST) {
        throw new IllegalArgumentException(
            name
                + " of "
                + Arrays.stream(lengths)
                    .mapToObj(String::valueOf)
                    .collect(Collectors.joining(" x "))
                + " elements: expected at most "
                + MOST);
      }
    }
    return (int) product;
  }

  /** The sizes of a network's layers, joined by hyphens; "none" if there are none. */
  static String text(final List<Integer> sizes) {
    return sizes.isEmpty()
        ? "none"
        : sizes.stream().map(String::valueOf).collect(Collectors.joining("-"));
  }
}
