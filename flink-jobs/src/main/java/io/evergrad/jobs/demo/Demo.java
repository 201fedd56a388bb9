/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.demo;

import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.jobs.TrainingJob;
import io.evergrad.jobs.config.EvergradOptions;
import io.evergrad.jobs.config.JobConfiguration;
import io.evergrad.jobs.config.NetworkType;
import io.evergrad.jobs.embedded.EmbeddedKafka;
import io.evergrad.jobs.report.ProgressLine;
import io.evergrad.jobs.report.RunSummary;
import io.evergrad.jobs.stream.StreamSender;
import io.evergrad.jobs.stream.TaskStream;
import io.evergrad.operators.evaluation.AccuracyMatrix;
import io.evergrad.operators.metrics.Evaluation;
import io.evergrad.operators.metrics.MetricsJson;
import io.evergrad.operators.metrics.Progress;
import io.evergrad.store.LocalModelStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Streams tasks through a real Kafka broker into a real Flink job, all in this JVM, until the last
 * task is evaluated; the job is then stopped with a savepoint, so that its last version is
 * published.
 *
 * @param stream the tasks
 * @param learning values of options of the learner and its protection, by their keys in {@link
 *     EvergradOptions}; what is not named keeps its default
 * @param feed when the stream is sent
 * @param store directory of the model store
 */
public record Demo(TaskStream stream, Map<String, String> learning, Feed feed, Path store) {
  private static final String MODEL = "demo";
  private static final Duration POLL = Duration.ofMillis(100);
  private static final long STOP_TIMEOUT_SECONDS = 120;
  private static final Duration TIME_TO_STOP = Duration.ofMinutes(1);

  /** When the stream is sent. */
  public enum Feed {
    /** While the job learns, as fast as the broker takes it. */
    ALONGSIDE,
    /** All of it before the job starts. */
    BEFOREHAND
  }

  /**
   * Copies the values.
   *
   * @throws IllegalArgumentException if the network cannot learn the stream
   */
  public Demo {
    learning = Map.copyOf(learning);
    stream.sizes(network(learning));
  }

  /**
   * A demo of one learner, with all else at its default.
   *
   * @param stream the tasks
   * @param rule how the network learns
   * @param protection what keeps old tasks
   * @param seed of the network and its learning
   * @param store directory of the model store
   */
  public Demo(
      final TaskStream stream,
      final LearnerSettings.Rule rule,
      final LearnerSettings.Protection protection,
      final long seed,
      final Path store) {
    this(stream, rule, protection, 1, seed, store);
  }

  /**
   * A demo with all else at its default.
   *
   * @param stream the tasks
   * @param rule how the network learns
   * @param protection what keeps old tasks
   * @param learners how many share the model
   * @param seed of the network and its learning
   * @param store directory of the model store
   */
  public Demo(
      final TaskStream stream,
      final LearnerSettings.Rule rule,
      final LearnerSettings.Protection protection,
      final int learners,
      final long seed,
      final Path store) {
    this(
        stream,
        Map.of(
            EvergradOptions.RULE.key(), rule.name(),
            EvergradOptions.PROTECTION.key(), protection.name(),
            EvergradOptions.LEARNERS.key(), String.valueOf(learners),
            EvergradOptions.SEED.key(), String.valueOf(seed)),
        Feed.ALONGSIDE,
        store);
  }

  /**
   * Runs to the end.
   *
   * @param line shows how learning goes
   * @return what was learned and forgotten
   * @throws IOException if the broker, the stream or the job fails
   * @throws InterruptedException if the JVM is asked to end, which waits then until broker and
   *     cluster have stopped and their files are gone
   */
  public RunSummary run(final ProgressLine line) throws Exception {
    try (WorkDirectory work = new WorkDirectory(TIME_TO_STOP);
        EmbeddedKafka kafka = EmbeddedKafka.start(work.resolve("kafka"))) {
      final JobConfiguration job = configuration(kafka.bootstrapServers(), work);
      final int learners = job.get(EvergradOptions.LEARNERS);
      kafka.createTopic(job.get(EvergradOptions.EXAMPLES_TOPIC), learners, Map.of());
      kafka.createTopic(job.get(EvergradOptions.METRICS_TOPIC), 1, Map.of());
      kafka.createTopic(job.get(EvergradOptions.DEAD_LETTER_TOPIC), 1, Map.of());
      if (learners > 1) {
        kafka.createTopic(
            job.get(EvergradOptions.PARAMETERS_TOPIC), 1, EmbeddedKafka.MERGED_MODELS);
      }
      final ExecutorService sending = Executors.newSingleThreadExecutor();
      try {
        final Callable<?> sender =
            () ->
                new StreamSender(
                        kafka.bootstrapServers(), job.get(EvergradOptions.EXAMPLES_TOPIC), learners)
                    .send(stream, StreamSender.UNLIMITED, progress -> {});
        if (feed == Feed.BEFOREHAND) {
          sender.call();
        }
        work.requireWanted();
        final JobClient client = TrainingJob.start(job);
        try {
          final Future<?> sent =
              feed == Feed.BEFOREHAND
                  ? CompletableFuture.completedFuture(null)
                  : sending.submit(sender);
          final Watched watched = watch(kafka.bootstrapServers(), job, client, sent, work, line);
          client
              .stopWithSavepoint(
                  false,
                  work.resolve("savepoint").toUri().toString(),
                  SavepointFormatType.CANONICAL)
              .get(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS);
          client.getJobExecutionResult().get(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS);
          return summary(job, watched);
        } finally {
          cancel(client);
        }
      } finally {
        sending.shutdownNow();
      }
    }
  }

  /** What the metrics topic told. */
  private record Watched(
      AccuracyMatrix matrix, List<Progress> progress, double examplesPerSecond) {}

  private JobConfiguration configuration(final String bootstrapServers, final WorkDirectory work) {
    final Map<String, String> values = new LinkedHashMap<>(learning);
    values.put(EvergradOptions.BOOTSTRAP_SERVERS.key(), bootstrapServers);
    values.put(EvergradOptions.MODEL.key(), MODEL);
    values.putAll(sizes());
    values.put(EvergradOptions.STORE_DIRECTORY.key(), store.toString());
    values.putAll(work.cluster(MODEL));
    return JobConfiguration.of(values);
  }

  /** The sizes that the stream gives the network. */
  private Map<String, String> sizes() {
    final Map<String, String> values = new LinkedHashMap<>();
    stream
        .sizes(network(learning))
        .forEach((option, size) -> values.put(option.key(), String.valueOf(size)));
    return values;
  }

  private static NetworkType network(final Map<String, String> learning) {
    return Configuration.fromMap(learning).get(EvergradOptions.NETWORK_TYPE);
  }

  private Watched watch(
      final String bootstrapServers,
      final JobConfiguration job,
      final JobClient client,
      final Future<?> sent,
      final WorkDirectory work,
      final ProgressLine line)
      throws Exception {
    final AccuracyMatrix matrix = new AccuracyMatrix();
    final List<Progress> progress = new ArrayList<>();
    final CompletableFuture<?> ended = client.getJobExecutionResult();
    final int tasks = stream.tasks().size();
    final long start = System.nanoTime();
    long firstNanos = 0;
    long lastNanos = 0;
    int finalEvaluations = 0;
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers,
                ConsumerConfig.GROUP_ID_CONFIG, "demo-watch",
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(job.get(EvergradOptions.METRICS_TOPIC)));
      while (finalEvaluations < tasks) {
        work.requireWanted();
        for (final ConsumerRecord<byte[], byte[]> metric : consumer.poll(POLL)) {
          final var read = MetricsJson.read(metric.value());
          if (read instanceof Progress shown) {
            lastNanos = System.nanoTime() - start;
            firstNanos = firstNanos == 0 ? lastNanos : firstNanos;
            progress.add(shown);
            line.show(shown);
          } else if (read instanceof Evaluation evaluation) {
            matrix.add(evaluation);
            finalEvaluations += evaluation.afterTasks() == tasks ? 1 : 0;
          }
        }
        rethrowFailure(ended, "the training job");
        rethrowFailure(sent, "the sender");
      }
    }
    final long learned =
        progress.isEmpty()
            ? 0
            : progress.get(progress.size() - 1).examples() - progress.get(0).examples();
    final double seconds = (lastNanos - firstNanos) / 1e9;
    return new Watched(matrix, progress, seconds > 0 ? learned / seconds : Double.NaN);
  }

  /** Ends a job that has not ended, and its cluster. */
  private static void cancel(final JobClient client) throws Exception {
    final CompletableFuture<?> ended = client.getJobExecutionResult();
    if (!ended.isDone()) {
      client.cancel().get(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS);
      ended.handle((result, failure) -> null).get(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }
  }

  private static void rethrowFailure(final Future<?> future, final String who)
      throws IOException, InterruptedException {
    if (!future.isDone()) {
      return;
    }
    try {
      future.get();
    } catch (final ExecutionException e) {
      throw new IOException(who + " failed: " + rootCause(e), e);
    }
  }

  private static String rootCause(final Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return Objects.requireNonNullElse(cause.getMessage(), cause.getClass().getSimpleName());
  }

  private RunSummary summary(final JobConfiguration job, final Watched watched) throws IOException {
    final OptionalLong version = new LocalModelStore(store).latestNumber(MODEL);
    final LearnerSettings learner = job.learner();
    final Map<String, String> settings = new LinkedHashMap<>();
    settings.put("network", learner.network().toString());
    settings.put("batch size", String.valueOf(learner.batchSize()));
    settings.put("learning rate", String.valueOf(learner.learningRate()));
    settings.put("protection strength", String.valueOf(learner.strength()));
    if (job.get(EvergradOptions.LEARNERS) > 1) {
      settings.put("learners", String.valueOf(job.get(EvergradOptions.LEARNERS)));
    }
    settings.put("tasks", String.valueOf(stream.tasks().size()));
    settings.put("examples a task", String.valueOf(stream.examples() / stream.tasks().size()));
    return new RunSummary(
        watched.matrix(),
        watched.progress(),
        stream.examples(),
        watched.examplesPerSecond(),
        learner.seed(),
        learner.rule().name().toLowerCase(Locale.ROOT),
        learner.protection().name().toLowerCase(Locale.ROOT),
        version,
        settings);
  }
}
