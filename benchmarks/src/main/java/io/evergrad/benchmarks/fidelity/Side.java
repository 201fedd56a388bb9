/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

/** Whose an approximation is. */
public enum Side {
  /** Simple bounds on either end. */
  REFERENCE,
  /** Known from elsewhere. */
  BASELINE,
  /** A choice of groups. */
  OURS
}
