/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.evergrad.jobs.config.EvergradOptions;
import io.evergrad.jobs.config.JobConfiguration;
import io.evergrad.jobs.data.BundledFashionMnist;
import io.evergrad.jobs.embedded.EmbeddedKafka;
import io.evergrad.jobs.observe.FreePorts;
import io.evergrad.jobs.observe.PrometheusPage;
import io.evergrad.jobs.stream.KeyedRecord;
import io.evergrad.jobs.stream.Scenario;
import io.evergrad.jobs.stream.TaskStream;
import io.evergrad.operators.decode.BadRecord.Reason;
import io.evergrad.operators.wire.Example;
import io.evergrad.operators.wire.StreamRecord;
import io.evergrad.store.LocalModelStore;
import io.evergrad.store.Manifest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.metrics.prometheus.PrometheusReporterFactory;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
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

  private static final byte[] PIXELS = new byte[784 * 4];

  /** Every kind of bad record; there are as many of each. */
  private static final List<Kind> KINDS =
      List.of(
          new Kind(Reason.NO_VALUE, null),
          new Kind(Reason.NO_VALUE, new byte[0]),
          new Kind(Reason.NOT_PROTOBUF, new byte[] {(byte) 0xff, 0, 1}),
          new Kind(Reason.NOT_JSON, text("{\"task\":\"t1\",\"features\":")),
          new Kind(Reason.NOT_JSON, text("{\"features\":[1],\"label\":1,\"heldout\":true}")),
          new Kind(Reason.NO_BODY, StreamRecord.newBuilder().setTask("t1").build().toByteArray()),
          new Kind(Reason.NO_BODY, text("{\"task\":\"t1\"}")),
          new Kind(
              Reason.TASK_ID, text("{\"task\":\"" + "t".repeat(257) + "\",\"task_end\":true}")),
          new Kind(Reason.NO_FEATURES, text("{\"label\":1}")),
          new Kind(Reason.BAD_SHAPE, example(PIXELS, 1, -784)),
          new Kind(Reason.BAD_SHAPE, example(PIXELS, 1, 0)),
          new Kind(Reason.BAD_SHAPE, example(PIXELS, 1, Long.MAX_VALUE, Long.MAX_VALUE)),
          new Kind(Reason.SIZE_MISMATCH, example(new byte[12], 1, 784)),
          new Kind(Reason.SIZE_MISMATCH, text("{\"features\":[1,2,3],\"label\":1}")),
          new Kind(Reason.WRONG_SHAPE, example(new byte[12], 1, 3)),
          new Kind(Reason.WRONG_SHAPE, text("{\"shape\":[3],\"features\":[1,2,3],\"label\":1}")),
          new Kind(Reason.NOT_FINITE, example(nan(), 1, 784)),
          new Kind(Reason.LABEL, example(PIXELS, 99, 784)),
          new Kind(Reason.CANDIDATES, withCandidates(example(PIXELS, 1, 784), 0, 2)),
          new Kind(Reason.LABEL, text("{\"features\":[1],\"label\":\"shoe\"}")));

  /**
   * What is wrong with a record.
   *
   * @param reason the one that is to be named
   * @param value the record's bytes, or null
   */
  private record Kind(Reason reason, byte[] value) {}

  /**
   * A bad record that was sent.
   *
   * @param at where the broker put it, and under which timestamp
   */
  private record Sent(Kind kind, ProducerRecord<byte[], byte[]> record, RecordMetadata at) {}

  @Test
  void oneThousandBadRecordsAmongTenThousandGoodOnes(@TempDir final Path directory)
      throws Exception {
    try (EmbeddedKafka kafka = EmbeddedKafka.start(directory.resolve("kafka"))) {
      for (final String topic : List.of(TOPIC, "examples.dlq", "metrics")) {
        kafka.createTopic(topic, 1, Map.of());
      }
      final List<Sent> sent = send(kafka.bootstrapServers());
      assertThat(sent).hasSize(BAD);

      final int port = FreePorts.take(1).get(0);
      final JobClient running = TrainingJob.start(job(kafka.bootstrapServers(), directory, port));
      final Manifest learned =
          firstVersion(running, new LocalModelStore(directory.resolve("store")));
      final PrometheusPage metrics = scrape(port);
      running.cancel().get();

      assertThat(learned.progress().examples()).isEqualTo(GOOD);
      assertThat(values(metrics.ofOperators("badRecords"))).containsExactly((double) BAD);
      for (final Reason reason : Reason.values()) {
        assertThat(
                values(
                    metrics.ofOperators("reason_badRecords").stream()
                        .filter(sample -> sample.has("reason", reason.name()))
                        .toList()))
            .as("refused as %s", reason)
            .containsExactly(
                (double) sent.stream().filter(bad -> bad.kind().reason() == reason).count());
      }
      final List<ConsumerRecord<byte[], byte[]>> letters = read(kafka.bootstrapServers());
      assertThat(letters).hasSize(BAD);
      for (int i = 0; i < BAD; i++) {
        assertIsLetterOf(sent.get(i), letters.get(i));
      }
    }
  }

  private static void assertIsLetterOf(
      final Sent sent, final ConsumerRecord<byte[], byte[]> letter) {
    assertThat(letter.key()).isEqualTo(sent.record().key());
    assertThat(letter.value()).isEqualTo(sent.record().value());
    final List<Header> headers = List.of(letter.headers().toArray());
    final int own = sent.record().headers().toArray().length;
    assertThat(headers.subList(0, own)).containsExactly(sent.record().headers().toArray());
    assertThat(headers.subList(own, headers.size()))
        .extracting(header -> header.key() + "=" + text(header.value()))
        .as("after the record's own headers, in letter %d", letter.offset())
        .startsWith(
            "evergrad.topic=" + TOPIC,
            "evergrad.partition=0",
            "evergrad.offset=" + sent.at().offset(),
            "evergrad.timestamp=" + sent.at().timestamp(),
            "evergrad.reason=" + sent.kind().reason())
        .hasSize(6)
        .last(STRING)
        .matches("(?s)evergrad\\.detail=.{10,}");
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

  private static PrometheusPage scrape(final int port) throws Exception {
    final HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics")).build();
    return PrometheusPage.parse(
        HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body());
  }

  private static List<Double> values(final List<PrometheusPage.Sample> samples) {
    return samples.stream().map(PrometheusPage.Sample::value).toList();
  }

  /** Sends a task with a bad record after every tenth example; returns the bad ones. */
  private static List<Sent> send(final String bootstrapServers) throws Exception {
    final TaskStream stream =
        new TaskStream(BundledFashionMnist.load(), Scenario.PERMUTED, 1, GOOD, 3);
    final List<ProducerRecord<byte[], byte[]>> bad = new ArrayList<>();
    final List<Future<RecordMetadata>> placed = new ArrayList<>();
    int examples = 0;
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (final KeyedRecord keyed : stream) {
        producer.send(
            new ProducerRecord<>(TOPIC, 0, text(keyed.key()), keyed.value().toByteArray()));
        final StreamRecord value = keyed.value();
        if (value.hasExample() && !value.getExample().getHeldOut() && ++examples % 10 == 0) {
          final ProducerRecord<byte[], byte[]> broken = bad(bad.size());
          bad.add(broken);
          placed.add(producer.send(broken));
        }
      }
    }
    final List<Sent> sent = new ArrayList<>();
    for (int i = 0; i < placed.size(); i++) {
      sent.add(new Sent(kind(i), bad.get(i), placed.get(i).get()));
    }
    return sent;
  }

  private static Kind kind(final int index) {
    return KINDS.get(index % KINDS.size());
  }

  /** The n-th bad record: with a key or without, and with headers that nobody else's look like. */
  private static ProducerRecord<byte[], byte[]> bad(final int index) {
    final ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(
            TOPIC, 0, index % 3 == 0 ? null : text("bad-" + index), kind(index).value());
    record
        .headers()
        .add("origin", text("test " + index))
        .add("origin", new byte[] {(byte) 0xfe, (byte) index})
        .add("empty", null);
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

  private static byte[] text(final String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(final byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static byte[] nan() {
    final byte[] bytes = new byte[784 * 4];
    bytes[2] = (byte) 0xc0;
    bytes[3] = 0x7f;
    return bytes;
  }

  private static byte[] withCandidates(final byte[] example, final Integer... candidates) {
    try {
      final StreamRecord record = StreamRecord.parseFrom(example);
      return record.toBuilder()
          .setExample(record.getExample().toBuilder().addAllCandidates(List.of(candidates)))
          .build()
          .toByteArray();
    } catch (final InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
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
