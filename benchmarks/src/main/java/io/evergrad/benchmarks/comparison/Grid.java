/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

import java.math.BigDecimal;
import java.math.MathContext;

/**
 * Values of one setting to try, evenly spaced by a factor around where a search begins. Where the
 * best is at an edge, the next value beyond it is tried too; then those half-way to its neighbours.
 * Steps are half ones: the values of the grid are at even steps, the centre at 0.
 *
 * @param values how many, an odd number
 * @param factor from one to the next, above 1
 * @param extensions how often a search may go on beyond the edge, at least 0
 */
public record Grid(int values, double factor, int extensions) {
  /** From one value of the grid to the next. */
  static final int WHOLE = 2;

  private static final MathContext DIGITS = new MathContext(3);

  /**
   * @throws IllegalArgumentException if a number is out of range
   */
  public Grid {
    if (values < 1 || values % 2 == 0 || !(factor > 1) || extensions < 0) {
      throw new IllegalArgumentException(
          ("a grid of %d values by a factor of %s, %d extensions: expected an odd number, a factor"
                  + " above 1 and no number below 0")
              .formatted(values, factor, extensions));
    }
  }

  /** The last even step on either side. */
  int last() {
    return values / 2 * WHOLE;
  }

  /** The value some half steps above, or below, the centre, to three digits. */
  double at(final double centre, final int step) {
    return step == 0
        ? centre
        : new BigDecimal(centre * Math.pow(factor, (double) step / WHOLE))
            .round(DIGITS)
            .doubleValue();
  }
}
