/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.observe;

import io.evergrad.operators.evaluation.AccuracyMatrix;
import io.evergrad.operators.metrics.Evaluation;
import io.evergrad.operators.metrics.MetricsJson;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The one-partition topics of a broker. */
public record Topics(String bootstrapServers) {
  private static final Duration POLL = Duration.ofMillis(250);
  private static final Duration READ_WITHIN = Duration.ofSeconds(30);

  /** Makes topics. */
  public void create(final List<String> names) throws Exception {
    try (Admin admin =
        Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers))) {
      admin
          .createTopics(names.stream().map(name -> new NewTopic(name, 1, (short) 1)).toList())
          .all()
          .get();
    }
  }

  /** Sends values in their order. */
  public void send(final String topic, final Collection<byte[]> values) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                true),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      final List<Future<?>> sent = new ArrayList<>();
      for (final byte[] value : values) {
        sent.add(producer.send(new ProducerRecord<>(topic, 0, null, value)));
      }
      for (final var acknowledged : sent) {
        acknowledged.get();
      }
    }
  }

  /** All values that a topic holds now. */
  public List<byte[]> read(final String topic) throws IOException {
    final TopicPartition partition = new TopicPartition(topic, 0);
    final List<byte[]> values = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      final long end = consumer.endOffsets(List.of(partition)).get(partition);
      final long deadline = System.nanoTime() + READ_WITHIN.toNanos();
      while (consumer.position(partition) < end) {
        if (System.nanoTime() > deadline) {
          throw new IOException(
              "read %d of %d records of topic %s within %s"
                  .formatted(values.size(), end, topic, READ_WITHIN));
        }
        consumer.poll(POLL).forEach(record -> values.add(record.value()));
      }
    }
    return values;
  }

  /** The evaluations that a metrics topic holds now; the last one of a cell wins. */
  public AccuracyMatrix evaluations(final String topic) throws IOException {
    final AccuracyMatrix matrix = new AccuracyMatrix();
    for (final byte[] metric : read(topic)) {
      if (MetricsJson.read(metric) instanceof Evaluation evaluation) {
        matrix.add(evaluation);
      }
    }
    return matrix;
  }
}
