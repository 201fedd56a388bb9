/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.learner;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Writes merged models to the parameters topic, with the model's name as the key. */
public final class MergedModelSerializer implements KafkaRecordSerializationSchema<MergedModel> {
  private static final long serialVersionUID = 1L;

  private final String topic;

  /** Writes to a topic. */
  public MergedModelSerializer(final String topic) {
    this.topic = Objects.requireNonNull(topic, "topic");
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      final MergedModel merged, final KafkaSinkContext context, final Long timestamp) {
    return new ProducerRecord<>(
        topic,
        merged.model().getBytes(StandardCharsets.UTF_8),
        new MergedModelFormat().serialize(merged));
  }
}
