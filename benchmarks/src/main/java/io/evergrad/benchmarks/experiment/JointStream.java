/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import io.evergrad.jobs.stream.KeyedRecord;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Random;

/**
 * All tasks of a stream at once: first every held-out example, then all examples to learn in an
 * order drawn anew, then the ends of all tasks. Learning so forgets nothing, and bounds what a
 * protection can do. The records are held in memory while they are iterated over.
 *
 * @param tasks the tasks, one after the other
 * @param seed of the order
 */
record JointStream(Iterable<KeyedRecord> tasks, long seed) implements Iterable<KeyedRecord> {

  JointStream {
    Objects.requireNonNull(tasks, "tasks");
  }

  @Override
  public Iterator<KeyedRecord> iterator() {
    final List<KeyedRecord> all = new ArrayList<>();
    final List<KeyedRecord> learned = new ArrayList<>();
    final List<KeyedRecord> ends = new ArrayList<>();
    for (final KeyedRecord record : tasks) {
      final var value = record.value();
      if (value.hasTaskEnd()) {
        ends.add(record);
      } else if (value.getExample().getHeldOut()) {
        all.add(record);
      } else {
        learned.add(record);
      }
    }
    Collections.shuffle(learned, new Random(seed));
    all.addAll(learned);
    all.addAll(ends);
    return all.iterator();
  }
}
