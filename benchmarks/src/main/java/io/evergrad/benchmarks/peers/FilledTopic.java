/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.peers;

import io.evergrad.benchmarks.experiment.LoopTrainer;
import io.evergrad.benchmarks.throughput.Timing;
import io.evergrad.jobs.TrainingJob;
import io.evergrad.jobs.config.EvergradOptions;
import io.evergrad.jobs.config.JobConfiguration;
import io.evergrad.jobs.demo.WorkDirectory;
import io.evergrad.jobs.embedded.EmbeddedKafka;
import io.evergrad.jobs.stream.StreamSender;
import io.evergrad.jobs.stream.TaskStream;
import io.evergrad.operators.evaluation.AccuracyMatrix;
import io.evergrad.operators.metrics.Evaluation;
import io.evergrad.operators.metrics.Metric;
import io.evergrad.operators.metrics.MetricsJson;
import io.evergrad.operators.metrics.Progress;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A stream in a topic of a broker in this JVM, which any number of trials learn by turns. Not
 * thread-safe.
 */
final class FilledTopic implements AutoCloseable {
  private static final String TOPIC = "examples";
  private static final Duration POLL = Duration.ofSeconds(5);

  private final TaskStream stream;
  private final WorkDirectory work;
  private final EmbeddedKafka kafka;
  private int jobs;

  private FilledTopic(
      final TaskStream stream, final WorkDirectory work, final EmbeddedKafka kafka) {
    this.stream = stream;
    this.work = work;
    this.kafka = kafka;
  }

  /**
   * Starts a broker and sends all of a stream.
   *
   * @throws IOException if the broker does not start or refuses a record
   */
  static FilledTopic of(final TaskStream stream) throws IOException, InterruptedException {
    final WorkDirectory work = new WorkDirectory();
    try {
      final FilledTopic filled =
          new FilledTopic(stream, work, EmbeddedKafka.start(work.resolve("kafka")));
      filled.fill();
      return filled;
    } catch (final IOException | InterruptedException | RuntimeException e) {
      work.close();
      throw e;
    }
  }

  private void fill() throws IOException, InterruptedException {
    try {
      new StreamSender(bootstrapServers(), TOPIC)
          .send(stream, StreamSender.UNLIMITED, progress -> {});
    } catch (final IOException | InterruptedException | RuntimeException e) {
      kafka.close();
      throw e;
    }
  }

  String bootstrapServers() {
    return kafka.bootstrapServers();
  }

  String topic() {
    return TOPIC;
  }

  /**
   * Lets a job learn all that is in the topic, at parallelism 1. Timed is from its first progress
   * record to its last, by the learner's own clock.
   *
   * @throws Exception if the job fails
   */
  Figures learn(final Trial trial) throws Exception {
    final String name = "job-" + jobs++;
    final String metrics = "metrics-" + name;
    kafka.createTopic(metrics, 1, Map.of());
    kafka.createTopic("rejected-" + name, 1, Map.of());
    TrainingJob.run(configuration(trial, name, metrics));
    final AccuracyMatrix matrix = new AccuracyMatrix();
    final List<Progress> progress = new ArrayList<>();
    for (final Metric metric : read(metrics)) {
      if (metric instanceof Progress shown) {
        progress.add(shown);
      } else if (metric instanceof Evaluation evaluation) {
        matrix.add(evaluation);
      }
    }
    return OurTrials.figures(
        matrix,
        progress.stream()
            .filter(shown -> shown.step() <= LoopTrainer.EARLY_STEPS)
            .mapToDouble(Progress::loss)
            .average()
            .orElse(Double.NaN),
        Timing.of(progress).examplesPerSecond());
  }

  private JobConfiguration configuration(
      final Trial trial, final String name, final String metrics) {
    final Map<String, String> values =
        new LinkedHashMap<>(trial.matchup().ours(trial.strength()).options(trial.seed()));
    values.put(EvergradOptions.BOOTSTRAP_SERVERS.key(), bootstrapServers());
    values.put(EvergradOptions.EXAMPLES_TOPIC.key(), TOPIC);
    values.put(EvergradOptions.METRICS_TOPIC.key(), metrics);
    values.put(EvergradOptions.DEAD_LETTER_TOPIC.key(), "rejected-" + name);
    values.put(EvergradOptions.BOUNDED.key(), "true");
    values.put(EvergradOptions.MODEL.key(), name);
    values.put(EvergradOptions.INPUTS.key(), String.valueOf(stream.features()));
    values.put(EvergradOptions.CLASSES.key(), String.valueOf(stream.classes()));
    values.put(EvergradOptions.STORE_DIRECTORY.key(), work.resolve(name + "-store").toString());
    values.putAll(work.cluster(name));
    return JobConfiguration.of(values);
  }

  private List<Metric> read(final String topic) throws IOException {
    final TopicPartition partition = new TopicPartition(topic, 0);
    final List<Metric> metrics = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrapServers()),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      final long end = consumer.endOffsets(List.of(partition)).get(partition);
      while (consumer.position(partition) < end) {
        for (final var record : consumer.poll(POLL)) {
          metrics.add(MetricsJson.read(record.value()));
        }
      }
    }
    return metrics;
  }

  @Override
  public void close() {
    kafka.close();
    work.close();
  }
}
