/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

/** How far training has come. */
public enum Stage {
  INITIALISATION("initialisation", 0),
  MIDDLE("middle", 0.2),
  END("end", 1);

  private final String label;
  private final double share;

  Stage(final String label, final double share) {
    this.label = label;
    this.share = share;
  }

  /** What tables call it. */
  String label() {
    return label;
  }

  /** The step that it comes after. */
  int step(final int steps) {
    return (int) Math.round(share * steps);
  }
}
