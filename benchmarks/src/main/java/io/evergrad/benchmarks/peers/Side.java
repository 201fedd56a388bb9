/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.peers;

/** Who carries a trial out. */
public enum Side {
  /** This project. */
  OURS,
  /** PyTorch, with Avalanche where old tasks are protected. */
  PEER
}
