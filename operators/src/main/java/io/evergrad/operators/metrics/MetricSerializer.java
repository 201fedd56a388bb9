/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.metrics;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Writes metrics to a topic, as JSON, with the model's name as the key. */
public final class MetricSerializer implements KafkaRecordSerializationSchema<Metric> {
  private static final long serialVersionUID = 1L;

  private final String topic;

  /** Writes to a topic. */
  public MetricSerializer(final String topic) {
    this.topic = Objects.requireNonNull(topic, "topic");
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      final Metric metric, final KafkaSinkContext context, final Long timestamp) {
    return new ProducerRecord<>(
        topic, metric.model().getBytes(StandardCharsets.UTF_8), MetricsJson.write(metric));
  }
}
