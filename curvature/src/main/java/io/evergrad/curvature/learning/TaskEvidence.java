/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What one learner's part of a task leaves for the precision: N and the running Fisher F.
 *
 * @param examples N, the examples learned of the task
 * @param samples how many samples F stands on; 0: there is none
 * @param fisher F by tensor name, not corrected for its start from zero; empty without samples
 */
public record TaskEvidence(long examples, long samples, SortedMap<String, HostTensor> fisher) {

  /**
   * Copies the map; the tensors are shared.
   *
   * @throws IllegalArgumentException if a count is negative
   */
  public TaskEvidence {
    fisher = Collections.unmodifiableSortedMap(new TreeMap<>(fisher));
    if (examples < 0 || samples < 0) {
      throw new IllegalArgumentException(
          examples + " examples, " + samples + " samples: expected at least 0");
    }
  }
}
