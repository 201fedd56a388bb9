/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.forgetting;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Where settings are searched. Strengths lie on half-decades: the h-th is 10^(h/2), rounded to
 * three digits.
 *
 * @param lowestDecade exponent of ten of the lowest strength to try first
 * @param highestDecade exponent of ten of the highest strength to try first
 * @param learningRates learning rates to try
 */
record Grid(int lowestDecade, int highestDecade, List<Double> learningRates) {
  /** What a search may go on to beyond the first strengths, in decades on either side. */
  private static final int BEYOND = 4;

  /**
   * @throws IllegalArgumentException if a range is empty
   */
  Grid {
    learningRates = List.copyOf(learningRates);
    if (lowestDecade > highestDecade || learningRates.isEmpty()) {
      throw new IllegalArgumentException(
          "a grid from 10^%d to 10^%d with %d learning rates: expected at least one of each"
              .formatted(lowestDecade, highestDecade, learningRates.size()));
    }
  }

  /** The half-decades to try first: every whole decade. */
  List<Integer> decades() {
    return IntStream.rangeClosed(lowestDecade, highestDecade)
        .mapToObj(decade -> 2 * decade)
        .toList();
  }

  /** The half-decades next to one, within what may be tried at all. */
  List<Integer> neighbours(final int halfDecade) {
    return IntStream.of(halfDecade - 1, halfDecade + 1)
        .filter(h -> h >= 2 * (lowestDecade - BEYOND) && h <= 2 * (highestDecade + BEYOND))
        .boxed()
        .toList();
  }

  /** The strength λ at a half-decade. */
  static double strength(final int halfDecade) {
    final String digits = Math.floorMod(halfDecade, 2) == 0 ? "1" : "3.16";
    return Double.parseDouble(digits + "e" + Math.floorDiv(halfDecade, 2));
  }
}
