/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;

/** What a mixed choice may keep, as a multiple of what K-FAC keeps. */
enum Budget {
  EIGHTH(0.125, "1/8"),
  QUARTER(0.25, "1/4"),
  HALF(0.5, "1/2"),
  EQUAL(1, "1"),
  DOUBLE(2, "2"),
  FOURFOLD(4, "4"),
  EIGHTFOLD(8, "8");

  private final double multiple;
  private final String shown;

  Budget(final double multiple, final String shown) {
    this.multiple = multiple;
    this.shown = shown;
  }

  /** Of what K-FAC keeps. */
  double multiple() {
    return multiple;
  }

  /** The name of the choice in tables. */
  String label() {
    return "mixed, " + shown + " × K-FAC's memory";
  }

  /** The best plan of ours within each budget. */
  static Map<Budget, Plan> plans(final Evidence evidence) {
    final long unit =
        evidence.layers().stream()
            .mapToLong(
                layer ->
                    (long) layer.units() * layer.units()
                        + (layer.layer().vector() ? 0 : (long) layer.columns() * layer.columns()))
            .sum();
    final Dial dial = Dial.of(evidence, (long) (unit * EIGHTFOLD.multiple));
    final Map<Budget, Plan> plans = new EnumMap<>(Budget.class);
    Arrays.stream(values())
        .forEach(budget -> plans.put(budget, dial.at((long) (unit * budget.multiple))));
    return plans;
  }
}
