/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

/** What a curvature is made from. */
public enum Estimator {
  /** Gradients by all labels, weighed by the model's own probabilities: an exact expectation. */
  FISHER("Fisher"),
  /** Gradients by the true labels. */
  EMPIRICAL("empirical Fisher"),
  /** H = S_g^{1/2} of mini-batch gradients. */
  EQ_11("Eq. 11"),
  /** H S_w H = S_g of mini-batch gradients and the weights. */
  EQ_10("Eq. 10");

  private final String label;

  Estimator(final String label) {
    this.label = label;
  }

  /** What tables call it. */
  String label() {
    return label;
  }
}
