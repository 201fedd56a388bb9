/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.evergrad.jobs.config.EvergradOptions;
import io.evergrad.jobs.config.JobConfiguration;
import io.evergrad.jobs.data.BundledFashionMnist;
import io.evergrad.jobs.observe.PrometheusPage;
import io.evergrad.jobs.observe.Topics;
import io.evergrad.jobs.stream.KeyedRecord;
import io.evergrad.jobs.stream.Scenario;
import io.evergrad.jobs.stream.TaskStream;
import io.evergrad.operators.evaluation.AccuracyMatrix;
import io.evergrad.store.LocalModelStore;
import io.evergrad.store.Manifest;
import io.evergrad.store.ModelVersion;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The deployment with real processes: a broker, a JobManager, a TaskManager and {@code flink run},
 * with the jar and on the configuration that are shipped. The TaskManager has to take the job
 * twice, as native libraries load only once a JVM.
 */
class ClusterITCase {
  private static final Path JOB_YAML = Path.of("..", "deploy", "conf", "job.yaml");
  private static final Duration WITHIN = Duration.ofSeconds(90);
  private static final String MODEL = "cluster";
  private static final int EXAMPLES = 1_280;
  private static final int HELD_OUT = 400;
  private static final byte[] BAD = "{\"features\":[".getBytes(StandardCharsets.UTF_8);

  private final JobConfiguration shipped = JobConfiguration.load(JOB_YAML, Map.of());
  private final HttpClient http = HttpClient.newHttpClient();

  private ChildProcesses processes;
  private FlinkProcesses flink;
  private Topics topics;
  private Path storeRoot;
  private LocalModelStore store;

  @Test
  void flinkHasNeitherOurCodeNorKafkasAndOnlyTheTaskManagerHasDjl() throws IOException {
    assertThat(jars(FlinkProcesses.LIB))
        .anyMatch(jar -> jar.startsWith("flink-runtime-"))
        .noneMatch(
            jar -> jar.matches(".*(kafka|flink-jobs|operators|curvature|model-store|torch).*"))
        .noneMatch(jar -> jar.startsWith("api-"));
    assertThat(jars(FlinkProcesses.CLUSTER_LIB))
        .anyMatch(jar -> jar.startsWith("pytorch-engine-"))
        .allMatch(
            jar -> jar.matches("(api|pytorch-[a-z]+|pytorch-native-[a-z]+|gson|jna)-[0-9].*"));
  }

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void learnsAndGoesOnInASecondSubmissionToTheSameTaskManager(@TempDir final Path directory)
      throws Exception {
    processes = new ChildProcesses(directory);
    try {
      learnTwice(directory);
    } catch (final Exception | AssertionError e) {
      throw new AssertionError(e.getMessage() + processes.tails(), e);
    } finally {
      processes.close();
      assertThat(processes.lasting()).noneMatch(ProcessHandle::isAlive);
    }
  }

  private void learnTwice(final Path directory) throws Exception {
    final Map<String, List<byte[]>> tasks = tasks();
    flink = new FlinkProcesses(processes, directory);
    storeRoot = directory.resolve("model-store");
    store = new LocalModelStore(storeRoot);
    processes.start("kafka", BrokerProcess.command(directory.resolve("kafka")));
    flink.startJobManager();
    final Process taskManager = flink.startTaskManager();
    final String taskManagerId =
        processes.await("a TaskManager to register", WITHIN, this::taskManagerId);
    topics = new Topics(processes.await("the broker", WITHIN, this::brokerAddress));
    topics.create(
        List.of(
            topic(EvergradOptions.EXAMPLES_TOPIC),
            topic(EvergradOptions.DEAD_LETTER_TOPIC),
            topic(EvergradOptions.METRICS_TOPIC)));

    final String first = flink.run(List.of(), arguments());
    send(tasks.get("t1"));
    send(List.of(BAD));
    send(tasks.get("t2"));
    final long sent = tasks.get("t1").size() + 1 + tasks.get("t2").size();
    learned(first, 2);
    assertThat(metric(first, "Decode", "badRecords")).hasValue(1);
    evaluated(first, 2);
    published(first, 2, sent);
    final String savepoint = flink.stop(first);
    assertThat(URI.create(savepoint).getPath())
        .startsWith(directory.resolve("checkpoints/savepoints").toString());

    final String second = flink.run(List.of("--fromSavepoint", savepoint), arguments());
    send(tasks.get("t3"));
    learned(second, 1);
    evaluated(second, 3);
    published(second, 3, sent + tasks.get("t3").size());

    assertThat(topics.read(topic(EvergradOptions.DEAD_LETTER_TOPIC))).containsExactly(BAD);
    assertThat(taskManager.isAlive()).isTrue();
    assertThat(taskManagerId()).contains(taskManagerId);
  }

  /** Waits until the metrics of a job show that it learned all examples of its tasks. */
  private void learned(final String job, final int tasks) throws Exception {
    awaitMetric(job, "Learner", "evergrad_tasksEnded", tasks);
    awaitMetric(job, "Learner", "evergrad_examplesLearned", (double) tasks * EXAMPLES);
    awaitMetric(job, "Learner", "evergrad_examplesHeldOut", (double) tasks * HELD_OUT);
  }

  /** Waits until the metrics of a job show the figures of the evaluations on the metrics topic. */
  private void evaluated(final String job, final int tasks) throws Exception {
    final AccuracyMatrix matrix =
        processes.await(
            "the evaluations after %d tasks".formatted(tasks),
            WITHIN,
            () ->
                Optional.of(matrix())
                    .filter(m -> m.evaluations().size() == tasks * (tasks + 1) / 2));
    assertThat(matrix.rows()).hasSize(tasks);
    assertThat(matrix.evaluations()).allMatch(evaluation -> evaluation.examples() == HELD_OUT);
    assertThat(matrix.averageAccuracy()).isBetween(0.25, 1.0);
    awaitMetric(job, "Evaluator", "evergrad_averageAccuracy", matrix.averageAccuracy());
    awaitMetric(job, "Evaluator", "evergrad_forgetting", matrix.forgetting());
    awaitMetric(job, "Evaluator", "evergrad_backwardTransfer", matrix.backwardTransfer());
    awaitMetric(job, "Evaluator", "evergrad_learningAccuracy", matrix.learningAccuracy());
  }

  /** Waits until the store has a version after each task; the last one must be of the job. */
  private void published(final String job, final int tasks, final long nextOffset)
      throws Exception {
    processes.await(
        "version %d in the store".formatted(tasks),
        WITHIN,
        () -> Optional.of(store.numbers(MODEL)).filter(numbers -> numbers.size() >= tasks));
    assertThat(store.numbers(MODEL))
        .containsExactlyElementsOf(LongStream.rangeClosed(1, tasks).boxed().toList())
        .allSatisfy(number -> assertThat(tasksOf(store.read(MODEL, number))).isEqualTo(number));
    final ModelVersion version = store.latest(MODEL);
    final Manifest manifest = version.content().manifest();
    assertThat(manifest.key().job()).isEqualTo(job);
    assertThat(manifest.network()).startsWith("784-32-10");
    assertThat(manifest.offsets())
        .isEqualTo(Map.of(topic(EvergradOptions.EXAMPLES_TOPIC) + "-0", nextOffset));
    assertThat(manifest.progress().examples()).isEqualTo((long) tasks * EXAMPLES);
    assertThat(version.content().weights()).isNotEmpty();
    assertThat(version.content().preconditioner()).isNotEmpty();
    assertThat(version.content().precision()).isNotEmpty();
  }

  private static long tasksOf(final ModelVersion version) {
    return version.content().manifest().progress().tasks();
  }

  /** Records of each task, by its name: held-out examples, examples to learn, the end. */
  private static Map<String, List<byte[]>> tasks() throws IOException {
    final Map<String, List<byte[]>> tasks = new LinkedHashMap<>();
    for (final KeyedRecord record :
        new TaskStream(BundledFashionMnist.load(), Scenario.PERMUTED, 3, EXAMPLES, 5)) {
      final List<byte[]> values =
          tasks.computeIfAbsent(record.value().getTask(), task -> new ArrayList<>());
      if (!record.value().getExample().getHeldOut() || values.size() < HELD_OUT) {
        values.add(record.value().toByteArray());
      }
    }
    return tasks;
  }

  private List<String> arguments() {
    return List.of(
        "--config",
        JOB_YAML.toAbsolutePath().normalize().toString(),
        "-D",
        EvergradOptions.BOOTSTRAP_SERVERS.key() + "=" + topics.bootstrapServers(),
        "-D",
        EvergradOptions.MODEL.key() + "=" + MODEL,
        "-D",
        EvergradOptions.STORE_DIRECTORY.key() + "=" + storeRoot,
        "-D",
        EvergradOptions.HIDDEN.key() + "=32",
        "-D",
        "execution.checkpointing.interval=1s");
  }

  private void send(final List<byte[]> values) throws Exception {
    topics.send(topic(EvergradOptions.EXAMPLES_TOPIC), values);
  }

  private String topic(final ConfigOption<String> option) {
    return shipped.get(option);
  }

  private AccuracyMatrix matrix() throws IOException {
    return topics.evaluations(topic(EvergradOptions.METRICS_TOPIC));
  }

  private void awaitMetric(
      final String job, final String operator, final String name, final double expected)
      throws Exception {
    processes.await(
        "%s of %s in job %s".formatted(name, operator, job),
        WITHIN,
        () -> {
          final OptionalDouble value = metric(job, operator, name);
          if (!value.equals(OptionalDouble.of(expected))) {
            throw new IOException("expected %s, but it is %s".formatted(expected, value));
          }
          return Optional.of(value);
        });
  }

  private OptionalDouble metric(final String job, final String operator, final String name)
      throws IOException, InterruptedException {
    return PrometheusPage.parse(get(flink.taskManagerMetrics())).ofOperator(job, operator, name);
  }

  private Optional<String> brokerAddress() throws IOException {
    return processes
        .output("kafka")
        .lines()
        .filter(line -> line.startsWith(BrokerProcess.READY))
        .map(line -> line.substring(BrokerProcess.READY.length()))
        .findFirst();
  }

  /** The id of the only TaskManager, once the JobManager and its metrics know it. */
  private Optional<String> taskManagerId() throws IOException, InterruptedException {
    final var known =
        new ObjectMapper().readTree(get(flink.rest().resolve("taskmanagers"))).get("taskmanagers");
    final boolean counted =
        PrometheusPage.parse(get(flink.jobManagerMetrics())).samples().stream()
            .anyMatch(
                sample ->
                    sample.name().equals("flink_jobmanager_numRegisteredTaskManagers")
                        && sample.value() == 1);
    return known.size() == 1 && counted
        ? Optional.of(known.get(0).get("id").asText())
        : Optional.empty();
  }

  private String get(final URI uri) throws IOException, InterruptedException {
    final var response =
        http.send(
            HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(5)).build(),
            BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new IOException(uri + " answers " + response.statusCode() + ": " + response.body());
    }
    return response.body();
  }

  private static List<String> jars(final Path lib) throws IOException {
    try (Stream<Path> files = Files.list(lib)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }
}
