/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.pipeline;

import java.util.List;
import java.util.Set;
import org.apache.flink.connector.kafka.source.enumerator.subscriber.KafkaSubscriber;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads a topic that has exactly one partition for each learner: two partitions in one learner
 * would mix their tasks, and a learner without one would never end a task.
 */
final class PartitionPerLearner implements KafkaSubscriber {
  private static final long serialVersionUID = 1L;

  private final String topic;
  private final int learners;

  PartitionPerLearner(final String topic, final int learners) {
    this.topic = topic;
    this.learners = learners;
  }

  @Override
  public Set<TopicPartition> getSubscribedTopicPartitions(final AdminClient admin) {
    return checked(
        KafkaSubscriber.getTopicListSubscriber(List.of(topic)).getSubscribedTopicPartitions(admin));
  }

  /**
   * @throws SuppressRestartsException if there are more or fewer partitions than learners
   */
  Set<TopicPartition> checked(final Set<TopicPartition> partitions) {
    if (partitions.size() != learners) {
      throw new SuppressRestartsException(
          new IllegalStateException(
              "topic "
                  + topic
                  + " has "
                  + partitions.size()
                  + " partitions: expected "
                  + learners
                  + ", one a learner; set evergrad.learner.parallelism to that number"));
    }
    return partitions;
  }
}
