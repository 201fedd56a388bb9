/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evergrad.jobs.TrainingJob;
import io.evergrad.jobs.config.EvergradOptions;
import io.evergrad.jobs.config.JobConfiguration;
import io.evergrad.jobs.data.BundledFashionMnist;
import io.evergrad.jobs.data.IdxDataset;
import io.evergrad.jobs.embedded.EmbeddedKafka;
import io.evergrad.jobs.observe.Topics;
import io.evergrad.jobs.stream.KeyedRecord;
import io.evergrad.jobs.stream.Scenario;
import io.evergrad.jobs.stream.TaskStream;
import io.evergrad.store.LocalModelStore;
import io.evergrad.store.ModelContent;
import io.evergrad.store.NoSuchVersionException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.CoreOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A job that starts from the version that another one left at the end of a task ends with the same
 * bits as one job that learned both tasks: a version holds all that a learner needs.
 */
class StartFromITCase {
  private static final String MODEL = "m";
  private static final int EXAMPLES = 600;

  @TempDir private Path directory;

  @Test
  void aNewJobGoesOnFromTheLatestVersion() throws Exception {
    final Map<String, List<byte[]>> tasks = tasks();
    try (EmbeddedKafka kafka = EmbeddedKafka.start(directory.resolve("kafka"))) {
      send(kafka, "both", tasks.get("t1"));
      send(kafka, "both", tasks.get("t2"));
      send(kafka, "first", tasks.get("t1"));
      send(kafka, "second", tasks.get("t2"));
      TrainingJob.run(job(kafka, "both", "whole", "none"));

      TrainingJob.run(job(kafka, "first", "parts", "latest-or-none"));
      final ModelContent first = latest("parts");
      assertThat(first.manifest().progress().tasks()).isEqualTo(1);
      TrainingJob.run(job(kafka, "second", "parts", "latest"));

      final ModelContent whole = latest("whole");
      final ModelContent parts = latest("parts");
      assertThat(new LocalModelStore(directory.resolve("parts")).numbers(MODEL))
          .containsExactly(1L, 2L);
      assertThat(parts.manifest().progress()).isEqualTo(whole.manifest().progress());
      assertThat(parts.manifest().progress().examples()).isEqualTo(2 * EXAMPLES);
      assertThat(parts.weights()).isEqualTo(whole.weights()).isNotEqualTo(first.weights());
      assertThat(parts.preconditioner()).isEqualTo(whole.preconditioner());
      assertThat(parts.precision()).isEqualTo(whole.precision());
    }
  }

  /** With the job's own restart strategy, which restarts what may go away for ever. */
  @Test
  void aVersionThatIsNotThereEndsTheJob() throws Exception {
    try (EmbeddedKafka kafka = EmbeddedKafka.start(directory.resolve("kafka"))) {
      send(kafka, "first", tasks().get("t1"));
      final JobConfiguration job = job(kafka, "first", "empty", "latest");

      assertThatThrownBy(() -> TrainingJob.run(job))
          .hasStackTraceContaining(NoSuchVersionException.class.getName());
    }
  }

  private static Map<String, List<byte[]>> tasks() {
    final IdxDataset all = BundledFashionMnist.load();
    final IdxDataset few =
        new IdxDataset(all.train().slice(0, EXAMPLES), all.heldOut().slice(0, 100));
    final Map<String, List<byte[]>> tasks = new LinkedHashMap<>();
    for (final KeyedRecord record :
        new TaskStream(few, Scenario.PERMUTED, 2, TaskStream.ONE_PASS, 3)) {
      tasks
          .computeIfAbsent(record.value().getTask(), task -> new ArrayList<>())
          .add(record.value().toByteArray());
    }
    return tasks;
  }

  private JobConfiguration job(
      final EmbeddedKafka kafka, final String examples, final String store, final String startFrom)
      throws Exception {
    final Map<String, String> values = new HashMap<>();
    values.put(EvergradOptions.BOOTSTRAP_SERVERS.key(), kafka.bootstrapServers());
    values.put(EvergradOptions.EXAMPLES_TOPIC.key(), examples);
    values.put(EvergradOptions.METRICS_TOPIC.key(), examples + "-metrics");
    values.put(EvergradOptions.DEAD_LETTER_TOPIC.key(), examples + "-dlq");
    values.put(EvergradOptions.BOUNDED.key(), "true");
    values.put(EvergradOptions.MODEL.key(), MODEL);
    values.put(EvergradOptions.HIDDEN.key(), "16");
    values.put(EvergradOptions.BLOCK_LIMIT.key(), "128");
    values.put(EvergradOptions.STORE_DIRECTORY.key(), directory.resolve(store).toString());
    values.put(EvergradOptions.START_FROM.key(), startFrom);
    values.put(CoreOptions.DEFAULT_PARALLELISM.key(), "1");
    values.put(CheckpointingOptions.CHECKPOINT_STORAGE.key(), "filesystem");
    values.put(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY.key(),
        directory.resolve("checkpoints").toUri().toString());
    kafka.createTopic(examples + "-metrics", 1, Map.of());
    kafka.createTopic(examples + "-dlq", 1, Map.of());
    return JobConfiguration.of(values);
  }

  private static void send(
      final EmbeddedKafka kafka, final String topic, final List<byte[]> records) throws Exception {
    kafka.createTopic(topic, 1, Map.of());
    new Topics(kafka.bootstrapServers()).send(topic, records);
  }

  private ModelContent latest(final String store) throws Exception {
    return new LocalModelStore(directory.resolve(store)).latest(MODEL).content();
  }
}
