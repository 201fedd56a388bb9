/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import io.evergrad.jobs.data.BundledFashionMnist;
import io.evergrad.jobs.stream.KeyedRecord;
import io.evergrad.jobs.stream.Scenario;
import io.evergrad.jobs.stream.TaskStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class JointStreamTest {
  private static final StreamDefinition DEFINITION =
      StreamDefinition.ofImages(Scenario.ROTATED, 3, 300, 20, true);

  private final TaskStream tasks = DEFINITION.stream(BundledFashionMnist.load(), 5);

  @Test
  void hasTheSameRecordsMixed() {
    final List<KeyedRecord> joint = list(DEFINITION.records(tasks, 5));

    assertThat(joint).containsExactlyInAnyOrderElementsOf(list(tasks));
    assertThat(joint.subList(0, 60)).allMatch(r -> r.value().getExample().getHeldOut());
    assertThat(joint.subList(960, 963)).allMatch(r -> r.value().hasTaskEnd());
    for (final String task : tasks.tasks()) {
      // Of the first hundred to learn about a third is of each task.
      assertThat(joint.subList(60, 160))
          .filteredOn(r -> r.value().getTask().equals(task))
          .hasSizeBetween(15, 55);
    }
  }

  @Test
  void itsOrderIsThatOfItsSeed() {
    assertThat(list(DEFINITION.records(tasks, 5)))
        .isEqualTo(list(DEFINITION.records(tasks, 5)))
        .isNotEqualTo(list(DEFINITION.records(tasks, 6)));
    assertThat(list(DEFINITION.joint(false).records(tasks, 5))).isEqualTo(list(tasks));
  }

  private static List<KeyedRecord> list(final Iterable<KeyedRecord> records) {
    final List<KeyedRecord> list = new ArrayList<>();
    records.forEach(list::add);
    return list;
  }
}
