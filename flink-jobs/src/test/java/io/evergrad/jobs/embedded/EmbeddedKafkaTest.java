/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedKafkaTest {
  private static final TopicPartition PARTITION = new TopicPartition("things", 1);

  @TempDir private Path directory;

  @Test
  @SuppressWarnings("try") // It is closed twice, which must do no harm.
  void keepsRecordsOverARestartOnTheSamePortAndLeavesNoThreads() throws Exception {
    final Set<String> before = threads();
    final byte[] small = {1, 2, 3};
    final byte[] large = new byte[15_000_000];
    new Random(1).nextBytes(large);
    final int port;
    try (EmbeddedKafka kafka = EmbeddedKafka.start(directory)) {
      port = kafka.port();
      kafka.createTopic("things", 2, Map.of("cleanup.policy", "compact"));
      kafka.createTopic("things", 2, Map.of());
      produce(kafka, small);
      produce(kafka, large);
      assertThat(consume(kafka, 2)).containsExactly(small, large);
    }
    try (EmbeddedKafka kafka = EmbeddedKafka.start(directory, port)) {
      assertThat(kafka.bootstrapServers()).isEqualTo("127.0.0.1:" + port);
      produce(kafka, small);
      assertThat(consume(kafka, 3)).containsExactly(small, large, small);
      kafka.close();
    }

    assertThat(newThreads(before)).isEmpty();
  }

  @Test
  void saysWhatTheBrokerRefused() throws Exception {
    try (EmbeddedKafka kafka = EmbeddedKafka.start(directory)) {
      assertThatThrownBy(() -> kafka.createTopic("no/such name", 1, Map.of()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("no/such name");
      assertThatThrownBy(() -> EmbeddedKafka.start(directory.resolve("other"), kafka.port()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("127.0.0.1:" + kafka.port());
    }
  }

  private static void produce(final EmbeddedKafka kafka, final byte[] value) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                kafka.bootstrapServers(),
                "max.request.size",
                EmbeddedKafka.LARGEST_RECORD,
                "buffer.memory",
                2L * EmbeddedKafka.LARGEST_RECORD),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      producer
          .send(new ProducerRecord<>("things", 1, new byte[] {(byte) value.length}, value))
          .get();
    }
  }

  private static List<byte[]> consume(final EmbeddedKafka kafka, final int count) {
    final List<byte[]> values = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", kafka.bootstrapServers(), "auto.offset.reset", "earliest"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      consumer.assign(List.of(PARTITION));
      for (int polls = 0; values.size() < count && polls < 100; polls++) {
        for (final ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          values.add(record.value());
        }
      }
    }
    return values;
  }

  private static Set<String> newThreads(final Set<String> before) throws InterruptedException {
    Set<String> left = Set.of();
    for (int i = 0; i < 50; i++) {
      left = threads();
      left.removeAll(before);
      if (left.isEmpty()) {
        return left;
      }
      Thread.sleep(100);
    }
    return left;
  }

  private static Set<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        // Kafka's metrics library keeps these for the whole JVM, however many brokers there are.
        .filter(name -> !name.startsWith("metrics-meter-tick-thread-"))
        .collect(Collectors.toSet());
  }
}
