/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evergrad.jobs.data.IdxDataset;
import io.evergrad.jobs.data.IdxFiles;
import io.evergrad.jobs.embedded.EmbeddedKafka;
import io.evergrad.operators.wire.StreamRecord;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StreamSenderTest {
  @TempDir private Path directory;

  @Test
  void whatArrivesIsTheStreamInOrder() throws Exception {
    final TaskStream stream = stream();
    final List<StreamSender.Sent> told = new ArrayList<>();
    try (EmbeddedKafka kafka = EmbeddedKafka.start(directory.resolve("kafka"))) {
      final StreamSender.Sent sent =
          new StreamSender(kafka.bootstrapServers(), "examples")
              .send(stream, StreamSender.UNLIMITED, told::add);

      assertThat(sent).isEqualTo(new StreamSender.Sent("t3", 1500, 9, 3));
      assertThat(told).hasSize(2).endsWith(sent);
      assertThat(told.get(0).records()).isEqualTo(1000);
      final List<KeyedRecord> received = consume(kafka, 1512);
      final List<KeyedRecord> expected = new ArrayList<>();
      stream.forEach(expected::add);
      assertThat(received).isEqualTo(expected);
    }
  }

  @Test
  void sendsToSeveralPartitionsInTurnAndEndsOfTasksToEach() throws Exception {
    final TaskStream stream = stream();
    try (EmbeddedKafka kafka = EmbeddedKafka.start(directory.resolve("kafka"))) {
      final StreamSender.Sent sent =
          new StreamSender(kafka.bootstrapServers(), "examples", 2)
              .send(stream, StreamSender.UNLIMITED, progress -> {});

      assertThat(sent).isEqualTo(new StreamSender.Sent("t3", 1500, 9, 3));
      final List<KeyedRecord> all = new ArrayList<>();
      for (int partition = 0; partition < 2; partition++) {
        final int expected = 750 + (partition == 0 ? 5 : 4) + 3;
        final List<KeyedRecord> received = consume(kafka, partition, expected);
        assertThat(received).hasSize(expected);
        assertThat(received.stream().map(record -> record.value().getTask()).distinct())
            .containsExactly("t1", "t2", "t3");
        assertThat(received.stream().map(KeyedRecord::key).filter(key -> key.endsWith("-end")))
            .containsExactly("t1-end", "t2-end", "t3-end");
        all.addAll(received);
      }
      stream.forEach(record -> assertThat(all).contains(record));
      assertThatThrownBy(
              () ->
                  new StreamSender(kafka.bootstrapServers(), "examples", 3)
                      .send(stream, StreamSender.UNLIMITED, progress -> {}))
          .isInstanceOf(java.io.IOException.class)
          .hasMessageContaining("has 2 partitions: expected at least 3");
    }
  }

  @Test
  void keepsToTheRate() throws Exception {
    try (EmbeddedKafka kafka = EmbeddedKafka.start(directory.resolve("kafka"))) {
      final StreamSender sender = new StreamSender(kafka.bootstrapServers(), "examples");
      final long start = System.nanoTime();

      sender.send(stream(), 1000, sent -> {});

      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isGreaterThan(Duration.ofMillis(1510));
      assertThatThrownBy(() -> sender.send(stream(), 0, sent -> {}))
          .hasMessageContaining("expected a number above 0");
    }
  }

  @Test
  void saysWhereKafkaDoesNotAnswer() throws Exception {
    final TaskStream stream = stream();

    assertThatThrownBy(
            () ->
                new StreamSender("127.0.0.1:1", "examples")
                    .send(stream, StreamSender.UNLIMITED, sent -> {}))
        .isInstanceOf(java.io.IOException.class)
        .hasMessageContaining("no answer from Kafka at 127.0.0.1:1");
  }

  private TaskStream stream() throws Exception {
    final Path data = Files.createDirectories(directory.resolve("data"));
    IdxFiles.write(data, 2, 3, new int[] {0, 1, 2, 0}, new int[] {2, 1, 0});
    return new TaskStream(IdxDataset.read(data), Scenario.PERMUTED, 3, 500, 5);
  }

  private static List<KeyedRecord> consume(final EmbeddedKafka kafka, final int count)
      throws Exception {
    return consume(kafka, 0, count);
  }

  private static List<KeyedRecord> consume(
      final EmbeddedKafka kafka, final int number, final int count) throws Exception {
    final List<KeyedRecord> records = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", kafka.bootstrapServers()),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      final TopicPartition partition = new TopicPartition("examples", number);
      assertThat(consumer.partitionsFor("examples")).hasSizeGreaterThan(number);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      for (int polls = 0; records.size() < count && polls < 100; polls++) {
        for (final ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          records.add(
              new KeyedRecord(
                  new String(record.key(), StandardCharsets.UTF_8),
                  StreamRecord.parseFrom(record.value())));
        }
      }
    }
    return records;
  }
}
