/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

/** What a method is in a comparison. */
public enum Role {
  /** What a user would pick instead; keeps no examples. */
  BASELINE,
  /** Keeps examples of earlier tasks. */
  REPLAY,
  /** Ours, without replay. */
  OURS,
  /** Ours, with replay. */
  OURS_REPLAY,
  /** Learns all tasks at once: not to be had of a stream. */
  BOUND
}
