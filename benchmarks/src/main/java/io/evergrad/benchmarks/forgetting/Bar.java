/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.forgetting;

import java.util.List;

/**
 * A figure that has to be reached.
 *
 * @param name what is measured
 * @param measured the figure, a median or a difference of medians
 * @param required what it is compared with
 * @param atLeast whether it has to be at least that; else, at most
 */
public record Bar(String name, double measured, double required, boolean atLeast) {

  /** What the project asks of its defaults. */
  static List<Bar> of(final Reported ours, final Reported ewc, final Reported none) {
    return List.of(
        new Bar("average accuracy", ours.averageAccuracy(), 0.862, true),
        new Bar("forgetting", ours.forgetting(), 0.007, false),
        above(ours, ewc, 0.03),
        above(ours, none, 0.15));
  }

  private static Bar above(final Reported ours, final Reported other, final double required) {
    return new Bar(
        "average accuracy above that of " + other.label(),
        ours.averageAccuracy() - other.averageAccuracy(),
        required,
        true);
  }

  /** Whether the figure is good enough; NaN is not. */
  boolean passed() {
    return atLeast ? measured >= required : measured <= required;
  }
}
