/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.evergrad.jobs.config.EvergradOptions;
import io.evergrad.jobs.config.JobConfiguration;
import io.evergrad.jobs.data.BundledFashionMnist;
import io.evergrad.jobs.embedded.EmbeddedKafka;
import io.evergrad.jobs.stream.KeyedRecord;
import io.evergrad.jobs.stream.Scenario;
import io.evergrad.jobs.stream.TaskStream;
import io.evergrad.operators.wire.Example;
import io.evergrad.operators.wire.StreamRecord;
import io.evergrad.store.LocalModelStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bad records neither stop the job nor get lost, and good ones around them are all learned. */
class BadRecordsITCase {
  private static final int GOOD = 10_000;
  private static final int BAD = 1_000;
  private static final String TOPIC = "examples";

  private static final List<byte[]> BAD_VALUES =
      List.of(
          new byte[] {(byte) 0xff, 0, 1},
          "{\"task\":\"t1\",\"features\":".getBytes(StandardCharsets.UTF_8),
          "{\"features\":[1,2,3],\"label\":1}".getBytes(StandardCharsets.UTF_8),
          example(new byte[784 * 4], 1, -784),
          example(nan(), 1, 784),
          example(new byte[784 * 4], 99, 784),
          example(new byte[784 * 4], 1, Long.MAX_VALUE, Long.MAX_VALUE),
          example(new byte[12], 1, 784),
          example(new byte[784 * 4], -1, 784),
          new byte[0]);

  @Test
  void oneThousandBadRecordsAmongTenThousandGoodOnes(@TempDir final Path directory)
      throws Exception {
    try (EmbeddedKafka kafka = EmbeddedKafka.start(directory.resolve("kafka"))) {
      for (final String topic : List.of(TOPIC, "examples.dlq", "metrics")) {
        kafka.createTopic(topic, 1, Map.of());
      }
      final Map<Long, byte[]> sent = send(kafka.bootstrapServers());
      assertThat(sent).hasSize(BAD);

      TrainingJob.run(job(kafka.bootstrapServers(), directory));

      final var learned =
          new LocalModelStore(directory.resolve("store")).latest("bad").content().manifest();
      assertThat(learned.progress().examples()).isEqualTo(GOOD);
      final Map<Long, byte[]> received = new HashMap<>();
      for (final ConsumerRecord<byte[], byte[]> letter : read(kafka.bootstrapServers())) {
        assertThat(header(letter, "evergrad.topic")).isEqualTo(TOPIC);
        assertThat(header(letter, "evergrad.partition")).isEqualTo("0");
        assertThat(header(letter, "evergrad.reason")).isNotBlank();
        assertThat(header(letter, "origin")).isEqualTo("test");
        received.put(Long.parseLong(header(letter, "evergrad.offset")), letter.value());
      }
      assertThat(received.keySet()).isEqualTo(sent.keySet());
      received.forEach((offset, value) -> assertThat(value).isEqualTo(sent.get(offset)));
    }
  }

  private static JobConfiguration job(final String bootstrapServers, final Path directory) {
    return JobConfiguration.of(
        Map.of(
            EvergradOptions.BOOTSTRAP_SERVERS.key(),
            bootstrapServers,
            EvergradOptions.MODEL.key(),
            "bad",
            EvergradOptions.BOUNDED.key(),
            "true",
            EvergradOptions.INPUTS.key(),
            "784",
            EvergradOptions.CLASSES.key(),
            "10",
            EvergradOptions.HIDDEN.key(),
            "16",
            EvergradOptions.STORE_DIRECTORY.key(),
            directory.resolve("store").toString(),
            "parallelism.default",
            "1",
            "execution.checkpointing.storage",
            "filesystem",
            "execution.checkpointing.dir",
            directory.resolve("checkpoints").toUri().toString()));
  }

  /** Sends a task with a bad record after every tenth example; returns the bad ones by offset. */
  private static Map<Long, byte[]> send(final String bootstrapServers) throws Exception {
    final TaskStream stream =
        new TaskStream(BundledFashionMnist.load(), Scenario.PERMUTED, 1, GOOD, 3);
    final Map<Long, byte[]> bad = new HashMap<>();
    long offset = 0;
    int examples = 0;
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (final KeyedRecord keyed : stream) {
        producer.send(record(keyed.key(), keyed.value().toByteArray()));
        offset++;
        final StreamRecord value = keyed.value();
        if (value.hasExample() && !value.getExample().getHeldOut() && ++examples % 10 == 0) {
          final byte[] broken = BAD_VALUES.get(bad.size() % BAD_VALUES.size());
          producer.send(record("bad-" + bad.size(), broken));
          bad.put(offset++, broken);
        }
      }
    }
    return bad;
  }

  private static ProducerRecord<byte[], byte[]> record(final String key, final byte[] value) {
    final ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(TOPIC, 0, key.getBytes(StandardCharsets.UTF_8), value);
    record.headers().add("origin", "test".getBytes(StandardCharsets.UTF_8));
    return record;
  }

  private static List<ConsumerRecord<byte[], byte[]>> read(final String bootstrapServers) {
    final List<ConsumerRecord<byte[], byte[]>> letters = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers,
                ConsumerConfig.GROUP_ID_CONFIG, "read",
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      consumer.subscribe(List.of("examples.dlq"));
      int idle = 0;
      while (idle < 20) {
        final var polled = consumer.poll(Duration.ofMillis(250));
        idle = polled.isEmpty() ? idle + 1 : 0;
        polled.forEach(letters::add);
      }
    }
    return letters;
  }

  private static String header(final ConsumerRecord<byte[], byte[]> record, final String name) {
    final Header header = record.headers().lastHeader(name);
    assertThat(header).as(name).isNotNull();
    return new String(header.value(), StandardCharsets.UTF_8);
  }

  private static byte[] nan() {
    final byte[] bytes = new byte[784 * 4];
    bytes[2] = (byte) 0xc0;
    bytes[3] = 0x7f;
    return bytes;
  }

  private static byte[] example(final byte[] float32, final int label, final Long... shape) {
    return StreamRecord.newBuilder()
        .setTask("t1")
        .setExample(
            Example.newBuilder()
                .addAllShape(List.of(shape))
                .setFloat32(ByteString.copyFrom(float32))
                .setLabel(label))
        .build()
        .toByteArray();
  }

  private static byte[] example(final byte[] float32, final int label, final long length) {
    return example(float32, label, new Long[] {length});
  }
}
