/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.evergrad.jobs.TrainingJob;
import io.evergrad.jobs.config.EvergradOptions;
import io.evergrad.jobs.config.JobConfiguration;
import io.evergrad.jobs.data.BundledFashionMnist;
import io.evergrad.jobs.data.IdxDataset;
import io.evergrad.jobs.embedded.EmbeddedKafka;
import io.evergrad.jobs.observe.Topics;
import io.evergrad.jobs.recovery.FailingSource.Attempt;
import io.evergrad.jobs.stream.Scenario;
import io.evergrad.jobs.stream.TaskStream;
import io.evergrad.operators.evaluation.AccuracyMatrix;
import io.evergrad.store.LocalModelStore;
import io.evergrad.store.ModelContent;
import io.evergrad.store.ModelVersion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A job that fails ends with the same bits as one that does not. */
class RecoveryITCase {
  private static final String MODEL = "recovered";
  private static final long SEED = 11;
  private static final int TASKS = 3;
  private static final int EXAMPLES = 700;
  private static final int HELD_OUT = 200;
  private static final int REPLAYED = 150;

  @TempDir private Path directory;

  @Test
  void failuresChangeNoBitOfWhatIsLearned() throws Exception {
    final List<byte[]> records = records();
    final FailingSource.Plan plan = new FailingSource.Plan("failed", failures(), REPLAYED);

    try (EmbeddedKafka kafka = EmbeddedKafka.start(directory.resolve("kafka"))) {
      send(kafka, "examples", records);
      final JobConfiguration whole = job(kafka, "whole", "examples");
      TrainingJob.run(whole);
      final JobConfiguration failed = job(kafka, "failed", "examples");
      FailingEnvironment.run(failed, plan);
      sendWithReplay(kafka, "replayed", records, plan.attempts());
      final JobConfiguration unrestored = job(kafka, "unrestored", "replayed");
      TrainingJob.run(unrestored);

      assertFailedAndRecovered(plan, records.size());
      final List<ModelVersion> expected = versions("whole");
      final List<ModelVersion> found = versions("failed");
      assertThat(expected).hasSizeGreaterThan(TASKS);
      assertThat(last(expected).manifest().progress().examples()).isEqualTo(TASKS * EXAMPLES);
      assertThat(found).hasSameSizeAs(expected);
      for (int i = 0; i < expected.size(); i++) {
        assertSame(found.get(i).content(), expected.get(i).content());
      }
      assertThat(matrix(kafka, failed).evaluations())
          .isEqualTo(matrix(kafka, whole).evaluations())
          .hasSize(TASKS * (TASKS + 1) / 2);
      assertThat(last(versions("unrestored")).weights())
          .as("weights of a learner that saw the replayed records twice")
          .isNotEqualTo(last(expected).weights());
    }
  }

  private static void assertFailedAndRecovered(final FailingSource.Plan plan, final long records) {
    final List<Attempt> attempts = plan.attempts();
    assertThat(attempts).hasSize(TASKS + 1);
    assertThat(attempts.get(0).first()).isZero();
    assertThat(attempts.get(TASKS).end()).isEqualTo(records);
    for (int i = 0; i < TASKS; i++) {
      assertThat(attempts.get(i).end()).isEqualTo(plan.failures().get(i));
      assertThat(attempts.get(i + 1).first())
          .as("where attempt %d goes on: at a checkpoint of the one before", i + 1)
          .isGreaterThan(attempts.get(i).first())
          .isLessThanOrEqualTo(attempts.get(i).end() - REPLAYED);
    }
  }

  private static void assertSame(final ModelContent found, final ModelContent expected) {
    assertThat(found.weights()).isNotEmpty().isEqualTo(expected.weights());
    assertThat(found.preconditioner()).isNotEmpty().isEqualTo(expected.preconditioner());
    assertThat(found.precision()).isNotEmpty().isEqualTo(expected.precision());
    assertThat(found.manifest().progress()).isEqualTo(expected.manifest().progress());
    assertThat(found.manifest().offsets()).isEqualTo(expected.manifest().offsets());
  }

  private static List<byte[]> records() {
    final IdxDataset all = BundledFashionMnist.load();
    final IdxDataset few =
        new IdxDataset(all.train().slice(0, EXAMPLES), all.heldOut().slice(0, HELD_OUT));
    final List<byte[]> records = new ArrayList<>();
    new TaskStream(few, Scenario.PERMUTED, TASKS, TaskStream.ONE_PASS, SEED)
        .forEach(keyed -> records.add(keyed.value().toByteArray()));
    return records;
  }

  /** An example to learn of each task. */
  private static List<Long> failures() {
    final SplittableRandom random = new SplittableRandom(SEED);
    final int records = HELD_OUT + EXAMPLES + 1;
    return IntStream.range(0, TASKS)
        .mapToObj(task -> (long) task * records + HELD_OUT + random.nextInt(2 * REPLAYED, EXAMPLES))
        .toList();
  }

  private JobConfiguration job(final EmbeddedKafka kafka, final String name, final String examples)
      throws Exception {
    final Map<String, String> values = new HashMap<>();
    values.put(EvergradOptions.BOOTSTRAP_SERVERS.key(), kafka.bootstrapServers());
    values.put(EvergradOptions.EXAMPLES_TOPIC.key(), examples);
    values.put(EvergradOptions.METRICS_TOPIC.key(), name + "-metrics");
    values.put(EvergradOptions.DEAD_LETTER_TOPIC.key(), name + "-dlq");
    values.put(EvergradOptions.GROUP.key(), name);
    values.put(EvergradOptions.BOUNDED.key(), "true");
    values.put(EvergradOptions.MODEL.key(), MODEL);
    values.put(EvergradOptions.INPUTS.key(), "784");
    values.put(EvergradOptions.HIDDEN.key(), "32");
    values.put(EvergradOptions.BLOCK_LIMIT.key(), "128");
    values.put(EvergradOptions.CLASSES.key(), "10");
    values.put(EvergradOptions.SEED.key(), String.valueOf(SEED));
    values.put(EvergradOptions.STORE_DIRECTORY.key(), directory.resolve(name).toString());
    values.put(EvergradOptions.PUBLISH_INTERVAL.key(), "5");
    values.put(CoreOptions.DEFAULT_PARALLELISM.key(), "1");
    values.put(CheckpointingOptions.CHECKPOINTING_INTERVAL.key(), "100 ms");
    values.put(CheckpointingOptions.CHECKPOINT_STORAGE.key(), "filesystem");
    values.put(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY.key(),
        directory.resolve("checkpoints").toUri().toString());
    values.put(RestartStrategyOptions.RESTART_STRATEGY.key(), "fixed-delay");
    values.put(
        RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS.key(), String.valueOf(TASKS));
    values.put(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY.key(), "50 ms");
    kafka.createTopic(name + "-metrics", 1, Map.of());
    kafka.createTopic(name + "-dlq", 1, Map.of());
    return JobConfiguration.of(values);
  }

  /** What a learner gets that is not restored with the source: some records twice. */
  private static void sendWithReplay(
      final EmbeddedKafka kafka,
      final String topic,
      final List<byte[]> records,
      final List<Attempt> attempts)
      throws Exception {
    final List<byte[]> replayed = new ArrayList<>();
    for (final Attempt attempt : attempts) {
      replayed.addAll(records.subList((int) attempt.first(), (int) attempt.end()));
    }
    send(kafka, topic, replayed);
  }

  private static void send(
      final EmbeddedKafka kafka, final String topic, final List<byte[]> records) throws Exception {
    kafka.createTopic(topic, 1, Map.of());
    new Topics(kafka.bootstrapServers()).send(topic, records);
  }

  private List<ModelVersion> versions(final String run) throws Exception {
    final LocalModelStore store = new LocalModelStore(directory.resolve(run));
    final List<ModelVersion> versions = new ArrayList<>();
    for (final long number : store.numbers(MODEL)) {
      versions.add(store.read(MODEL, number));
    }
    return versions;
  }

  private static ModelContent last(final List<ModelVersion> versions) {
    return versions.get(versions.size() - 1).content();
  }

  private static AccuracyMatrix matrix(final EmbeddedKafka kafka, final JobConfiguration job)
      throws Exception {
    return new Topics(kafka.bootstrapServers()).evaluations(job.get(EvergradOptions.METRICS_TOPIC));
  }
}
