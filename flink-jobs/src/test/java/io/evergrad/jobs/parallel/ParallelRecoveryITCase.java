/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.parallel;

import static org.assertj.core.api.Assertions.assertThat;

import io.evergrad.jobs.config.EvergradOptions;
import io.evergrad.jobs.config.JobConfiguration;
import io.evergrad.jobs.data.BundledFashionMnist;
import io.evergrad.jobs.embedded.EmbeddedKafka;
import io.evergrad.jobs.stream.Scenario;
import io.evergrad.jobs.stream.StreamSender;
import io.evergrad.jobs.stream.TaskStream;
import io.evergrad.operators.pipeline.TrainingPipeline;
import io.evergrad.store.LocalModelStore;
import io.evergrad.store.Manifest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.runtime.executiongraph.AccessExecutionGraph;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A TaskManager with one of two learners goes: what is learned in the end counts everything once.
 */
class ParallelRecoveryITCase {
  private static final int TASKS = 3;
  private static final int EXAMPLES = 4_000;
  private static final int HELD_OUT = 2_000;
  private static final int RATE = 1_500;
  private static final Duration WITHIN = Duration.ofMinutes(3);

  @TempDir private Path directory;

  @Test
  void everyExampleIsLearnedOnceAlthoughATaskManagerGoes() throws Exception {
    final TaskStream stream =
        new TaskStream(BundledFashionMnist.load(), Scenario.PERMUTED, TASKS, EXAMPLES, 7);
    final ExecutorService sending = Executors.newSingleThreadExecutor();
    try (EmbeddedKafka kafka = EmbeddedKafka.start(directory.resolve("kafka"));
        MiniCluster cluster = new MiniCluster(oneSlotEach())) {
      kafka.createTopic("examples", 2, Map.of());
      kafka.createTopic("examples.dlq", 1, Map.of());
      kafka.createTopic("metrics", 1, Map.of());
      kafka.createTopic("parameters", 1, EmbeddedKafka.MERGED_MODELS);
      cluster.start();
      final JobID job = cluster.submitJob(graph(kafka.bootstrapServers(), stream)).get().getJobID();
      final Future<?> sent =
          sending.submit(
              () ->
                  new StreamSender(kafka.bootstrapServers(), "examples", 2)
                      .send(stream, RATE, progress -> {}));

      awaitThat("the first task's version", cluster, job, () -> versions().size() >= 1);
      assertThat(versions()).as("learning goes on").hasSizeLessThan(TASKS);
      cluster.terminateTaskManager(0).get();
      cluster.startTaskManager();
      awaitThat("the last task's version", cluster, job, () -> versions().size() >= TASKS);
      sent.get(1, TimeUnit.MINUTES);

      assertThat(attempts(cluster.getExecutionGraph(job).get()))
          .as("attempts of every subtask")
          .isNotEmpty()
          .allMatch(attempt -> attempt == 1);
      cluster.cancelJob(job).get();
    } finally {
      sending.shutdownNow();
    }

    assertThat(versions())
        .extracting(manifest -> manifest.progress().examples())
        .containsExactly((long) EXAMPLES, 2L * EXAMPLES, 3L * EXAMPLES);
    assertThat(versions())
        .extracting(manifest -> manifest.progress().tasks())
        .containsExactly(1L, 2L, 3L);
    final long records = TASKS * (EXAMPLES + HELD_OUT) / 2 + TASKS;
    assertThat(versions().get(2).offsets())
        .containsEntry("examples-0", records)
        .containsEntry("examples-1", records);
  }

  private static MiniClusterConfiguration oneSlotEach() {
    return new MiniClusterConfiguration.Builder()
        .setConfiguration(new Configuration())
        .setNumTaskManagers(2)
        .setNumSlotsPerTaskManager(1)
        .build();
  }

  private StreamGraph graph(final String bootstrapServers, final TaskStream stream) {
    final JobConfiguration job =
        JobConfiguration.of(
            Map.of(
                EvergradOptions.BOOTSTRAP_SERVERS.key(),
                bootstrapServers,
                EvergradOptions.MODEL.key(),
                "shared",
                EvergradOptions.HIDDEN.key(),
                "32",
                EvergradOptions.INPUTS.key(),
                String.valueOf(stream.features()),
                EvergradOptions.CLASSES.key(),
                String.valueOf(stream.classes()),
                EvergradOptions.LEARNERS.key(),
                "2",
                EvergradOptions.MERGE_INTERVAL.key(),
                "5",
                EvergradOptions.STORE_DIRECTORY.key(),
                directory.resolve("store").toString()));
    final Configuration flink = new Configuration();
    flink.set(PipelineOptions.GENERIC_TYPES, false);
    flink.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
    flink.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(300));
    flink.set(ExecutionOptions.SNAPSHOT_COMPRESSION, true);
    flink.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
    flink.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
        directory.resolve("checkpoints").toUri().toString());
    flink.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    flink.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 5);
    flink.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(100));
    final StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(flink);
    new TrainingPipeline(job.training()).addTo(environment);
    return environment.getStreamGraph();
  }

  private List<Manifest> versions() throws Exception {
    final LocalModelStore store = new LocalModelStore(directory.resolve("store"));
    final List<Manifest> manifests = new ArrayList<>();
    for (final long number : store.numbers("shared")) {
      manifests.add(store.read("shared", number).content().manifest());
    }
    return manifests;
  }

  private static List<Integer> attempts(final AccessExecutionGraph graph) {
    final List<Integer> attempts = new ArrayList<>();
    for (final AccessExecutionVertex vertex : graph.getAllExecutionVertices()) {
      attempts.add(vertex.getCurrentExecutionAttempt().getAttemptNumber());
    }
    return attempts;
  }

  private static void awaitThat(
      final String what,
      final MiniCluster cluster,
      final JobID job,
      final Callable<Boolean> condition)
      throws Exception {
    final long deadline = System.nanoTime() + WITHIN.toNanos();
    while (!condition.call()) {
      assertThat(cluster.getJobStatus(job).get().isGloballyTerminalState())
          .as("the job has ended before " + what)
          .isFalse();
      assertThat(System.nanoTime()).as(what).isLessThan(deadline);
      Thread.sleep(100);
    }
  }
}
