/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.jobs.TrainingJob;
import io.evergrad.jobs.config.EvergradOptions;
import io.evergrad.jobs.config.JobConfiguration;
import io.evergrad.jobs.data.BundledFashionMnist;
import io.evergrad.jobs.demo.Demo;
import io.evergrad.jobs.embedded.EmbeddedKafka;
import io.evergrad.jobs.report.ProgressLine;
import io.evergrad.jobs.report.RunSummary;
import io.evergrad.jobs.stream.Scenario;
import io.evergrad.jobs.stream.TaskStream;
import io.evergrad.operators.metrics.Evaluation;
import io.evergrad.store.LocalModelStore;
import io.evergrad.store.Manifest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One model, learned by two learners from two partitions, by the whole system. */
class ParallelDemoITCase {
  private static final int TASKS = 3;
  private static final int EXAMPLES = 10_000;
  private static final int HELD_OUT = 2_000;

  @TempDir private Path directory;

  @Test
  void twoLearnersLearnWhatOneDoes() throws Exception {
    final RunSummary one = run(1);
    final RunSummary two = run(2);

    assertThat(two.matrix().averageAccuracy())
        .isGreaterThan(one.matrix().averageAccuracy() - 0.05)
        .isGreaterThan(0.6);
    assertThat(two.matrix().forgetting()).isLessThan(0.05);
    assertThat(two.matrix().rows()).containsExactly("t1", "t2", "t3");
    assertThat(two.matrix().evaluations())
        .extracting(Evaluation::examples)
        .containsOnly((long) HELD_OUT)
        .hasSize(1 + 2 + 3);
    assertThat(versions(2))
        .as("one version for each end of a task, and every example learned once")
        .extracting(manifest -> manifest.progress().examples())
        .containsExactly((long) EXAMPLES, 2L * EXAMPLES, 3L * EXAMPLES);
    assertThat(versions(2))
        .extracting(manifest -> manifest.progress().tasks())
        .containsExactly(1L, 2L, 3L);
    final long records = TASKS * (EXAMPLES + HELD_OUT) / 2 + TASKS;
    assertThat(versions(2).get(2).offsets())
        .containsEntry("examples-0", records)
        .containsEntry("examples-1", records);
  }

  @Test
  @Timeout(120)
  void aTopicOfAnotherNumberOfPartitionsEndsTheJob() throws Exception {
    try (EmbeddedKafka kafka = EmbeddedKafka.start(directory.resolve("kafka"))) {
      for (final String topic : List.of("examples", "examples.dlq", "metrics", "parameters")) {
        kafka.createTopic(topic, 1, Map.of());
      }
      final JobConfiguration job =
          JobConfiguration.of(
              Map.of(
                  EvergradOptions.BOOTSTRAP_SERVERS.key(), kafka.bootstrapServers(),
                  EvergradOptions.LEARNERS.key(), "2",
                  EvergradOptions.STORE_DIRECTORY.key(), store(2).toString()));

      assertThatThrownBy(() -> TrainingJob.run(job))
          .rootCause()
          .hasMessageContaining("topic examples has 1 partitions: expected 2");
    }
  }

  private RunSummary run(final int learners) throws Exception {
    final TaskStream stream =
        new TaskStream(BundledFashionMnist.load(), Scenario.PERMUTED, TASKS, EXAMPLES, 7);
    try (ProgressLine line = new ProgressLine(stream.examples())) {
      return new Demo(
              stream,
              LearnerSettings.Rule.SYMMETRY,
              LearnerSettings.Protection.SYMMETRY,
              learners,
              7,
              store(learners))
          .run(line);
    }
  }

  private List<Manifest> versions(final int learners) throws IOException {
    final LocalModelStore store = new LocalModelStore(store(learners));
    final List<Manifest> manifests = new ArrayList<>();
    for (final long number : store.numbers("demo")) {
      manifests.add(store.read("demo", number).content().manifest());
    }
    return manifests;
  }

  private Path store(final int learners) {
    return directory.resolve("store-" + learners);
  }
}
