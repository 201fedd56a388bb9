/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.learner;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How far one of several learners is.
 *
 * @param handIns shares handed in so far
 * @param heldOut held-out examples passed so far, by task
 * @param offsets the next offset to read, by Kafka partition ("topic-0")
 */
public record LearnerCounts(
    long handIns, SortedMap<String, Long> heldOut, SortedMap<String, Long> offsets) {
  /** Nothing is read yet. */
  public static final LearnerCounts NONE = new LearnerCounts(0, new TreeMap<>(), new TreeMap<>());

  /** Copies the maps. */
  public LearnerCounts {
    heldOut = Collections.unmodifiableSortedMap(new TreeMap<>(heldOut));
    offsets = Collections.unmodifiableSortedMap(new TreeMap<>(offsets));
  }

  /** Of two learners together, which read different partitions. */
  public LearnerCounts plus(final LearnerCounts other) {
    final SortedMap<String, Long> held = new TreeMap<>(heldOut);
    other.heldOut.forEach((task, count) -> held.merge(task, count, Long::sum));
    final SortedMap<String, Long> next = new TreeMap<>(offsets);
    other.offsets.forEach((partition, offset) -> next.merge(partition, offset, Math::max));
    return new LearnerCounts(handIns + other.handIns, held, next);
  }
}
