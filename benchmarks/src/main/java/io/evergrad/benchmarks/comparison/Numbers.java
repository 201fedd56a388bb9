/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

import java.math.BigDecimal;
import java.util.Locale;

/** Numbers for people. */
final class Numbers {
  private Numbers() {}

  /** A ratio, to two digits after the point. */
  static String ratio(final double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  /** A setting, without an exponent: {@code 0.0032}, {@code 31600}. */
  static String setting(final double value) {
    return new BigDecimal(Double.toString(value)).stripTrailingZeros().toPlainString();
  }

  /** A setting; what is no number stays as it is. */
  static String setting(final String value) {
    try {
      return setting(Double.parseDouble(value));
    } catch (final NumberFormatException e) {
      return value;
    }
  }
}
