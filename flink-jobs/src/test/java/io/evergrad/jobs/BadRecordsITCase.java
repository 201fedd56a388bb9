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
import io.evergrad.operators.decode.BadRecord;
import io.evergrad.operators.wire.Example;
import io.evergrad.operators.wire.StreamRecord;
import io.evergrad.store.LocalModelStore;
import io.evergrad.store.Manifest;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.metrics.prometheus.PrometheusReporterFactory;
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

/**
 * Bad records neither stop the job nor get lost, and are counted; good ones around them are all
 * learned.
 */
class BadRecordsITCase {
  private static final int GOOD = 10_000;
  private static final int BAD = 1_000;
  private static final String TOPIC = "examples";
  private static final String MODEL = "bad";
  private static final Duration WITHIN = Duration.ofMinutes(2);

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

      final int port = freePort();
      final JobClient running = TrainingJob.start(job(kafka.bootstrapServers(), directory, port));
      final Manifest learned =
          firstVersion(running, new LocalModelStore(directory.resolve("store")));
      final String metrics = scrape(port);
      running.cancel().get();

      assertThat(learned.progress().examples()).isEqualTo(GOOD);
      assertThat(counters(metrics, "badRecords")).containsExactly((double) BAD);
      assertThat(counters(metrics, "reason_badRecords"))
          .as("by reason")
          .hasSize(BadRecord.Reason.values().length)
          .satisfies(counts -> assertThat(sum(counts)).isEqualTo(BAD));
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

  private static JobConfiguration job(
      final String bootstrapServers, final Path directory, final int prometheusPort) {
    return JobConfiguration.of(
        Map.ofEntries(
            Map.entry(EvergradOptions.BOOTSTRAP_SERVERS.key(), bootstrapServers),
            Map.entry(EvergradOptions.MODEL.key(), MODEL),
            Map.entry(EvergradOptions.INPUTS.key(), "784"),
            Map.entry(EvergradOptions.CLASSES.key(), "10"),
            Map.entry(EvergradOptions.HIDDEN.key(), "16"),
            Map.entry(EvergradOptions.STORE_DIRECTORY.key(), directory.resolve("store").toString()),
            Map.entry("parallelism.default", "1"),
            Map.entry("execution.checkpointing.interval", "1 s"),
            Map.entry("execution.checkpointing.storage", "filesystem"),
            Map.entry(
                "execution.checkpointing.dir", directory.resolve("checkpoints").toUri().toString()),
            Map.entry(
                "metrics.reporter.prometheus.factory.class",
                PrometheusReporterFactory.class.getName()),
            Map.entry("metrics.reporter.prometheus.port", String.valueOf(prometheusPort))));
  }

  /** Waits for the version at the end of the task: then every record before it is counted. */
  private static Manifest firstVersion(final JobClient running, final LocalModelStore store)
      throws Exception {
    final long deadline = System.nanoTime() + WITHIN.toNanos();
    while (store.latestNumber(MODEL).isEmpty()) {
      assertThat(running.getJobStatus().get().isTerminalState()).as("job has ended").isFalse();
      assertThat(System.nanoTime()).as("no version within %s", WITHIN).isLessThan(deadline);
      Thread.sleep(100);
    }
    return store.latest(MODEL).content().manifest();
  }

  private static String scrape(final int port) throws Exception {
    final HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics")).build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
  }

  /** Values of one of our operator's counters, over all its labels. */
  private static List<Double> counters(final String metrics, final String name) {
    return Pattern.compile(
            "^flink_taskmanager_job_task_operator_" + name + "\\{.*} (\\S+)$", Pattern.MULTILINE)
        .matcher(metrics)
        .results()
        .map(sample -> Double.valueOf(sample.group(1)))
        .toList();
  }

  private static double sum(final List<? extends Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).sum();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
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
