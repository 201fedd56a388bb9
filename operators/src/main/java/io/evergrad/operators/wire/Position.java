/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.wire;

import java.util.Objects;

/** Where in Kafka a record was read. */
public record Position(String topic, int partition, long offset) {

  /** Refuses a missing topic. */
  public Position {
    Objects.requireNonNull(topic, "topic");
  }

  /** The partition's name, "topic-partition", as Kafka writes it. */
  public String topicPartition() {
    return topic + "-" + partition;
  }

  @Override
  public String toString() {
    return topicPartition() + "@" + offset;
  }
}
