/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.jobs.config.EvergradOptions;
import io.evergrad.jobs.config.NetworkType;
import io.evergrad.jobs.data.BundledFashionMnist;
import io.evergrad.jobs.data.Text;
import io.evergrad.jobs.report.ProgressLine;
import io.evergrad.jobs.report.RunSummary;
import io.evergrad.jobs.stream.Scenario;
import io.evergrad.jobs.stream.TaskStream;
import io.evergrad.store.LocalModelStore;
import io.evergrad.store.ModelVersion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The whole system: Kafka, Flink, learner, evaluator and store, in this JVM. */
class DemoITCase {

  /** What {@code ./evergrad demo} does without options, and what it has to reach. */
  @Test
  void thePlainDemoLearnsFiveTasksAndForgetsNone(@TempDir final Path store) throws Exception {
    final TaskStream stream =
        new TaskStream(BundledFashionMnist.load(), Scenario.PERMUTED, 5, 10_000, 1);

    final RunSummary run = run(stream, 1, store);

    assertThat(run.matrix().averageAccuracy()).isGreaterThanOrEqualTo(0.80);
    assertThat(run.matrix().forgetting()).isLessThanOrEqualTo(0.02);
  }

  @Test
  void learnsTwoTasksAndPublishesWhatItLearned(@TempDir final Path store) throws Exception {
    final TaskStream stream =
        new TaskStream(BundledFashionMnist.load(), Scenario.PERMUTED, 2, 3_000, 7);

    final RunSummary run = run(stream, 7, store);

    assertThat(run.matrix().rows()).containsExactly("t1", "t2");
    assertThat(run.matrix().averageAccuracy()).isGreaterThan(0.6);
    assertThat(run.matrix().evaluations()).allMatch(evaluation -> evaluation.examples() == 2_000);
    final ModelVersion latest = new LocalModelStore(store).latest("demo");
    assertThat(run.modelVersion()).hasValue(latest.number());
    assertThat(latest.content().manifest().progress().examples()).isEqualTo(6_000);
    assertThat(latest.content().manifest().progress().tasks()).isEqualTo(2);
    assertThat(latest.content().precision()).isNotEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      value = NetworkType.class,
      names = {"CONVOLUTIONAL", "RECURRENT"})
  void otherNetworksLearnImages(final NetworkType network, @TempDir final Path store)
      throws Exception {
    final TaskStream stream =
        new TaskStream(BundledFashionMnist.load(), Scenario.ROTATED, 1, 3_000, 7);

    final RunSummary run = run(stream, network, Map.of(), store);

    assertThat(run.matrix().averageAccuracy()).isGreaterThan(0.6);
    assertThat(new LocalModelStore(store).latest("demo").content().manifest().network())
        .startsWith(network.name().toLowerCase(Locale.ROOT));
  }

  @Test
  void learnsTexts(@TempDir final Path directory, @TempDir final Path store) throws Exception {
    Files.writeString(directory.resolve("up.txt"), "abcdefghijklmnopqrstuvwxyz".repeat(200));
    Files.writeString(directory.resolve("down.txt"), "zyxwvutsrqponmlkjihgfedcba".repeat(200));
    final TaskStream stream =
        new TaskStream(
            List.of(
                Text.read(directory.resolve("up.txt")), Text.read(directory.resolve("down.txt"))),
            8,
            1_500,
            7);

    final RunSummary run =
        run(
            stream,
            NetworkType.TRANSFORMER,
            Map.of(
                EvergradOptions.RULE.key(), "ADAMW",
                EvergradOptions.PROTECTION.key(), "NONE",
                EvergradOptions.BATCH_SIZE.key(), "32",
                EvergradOptions.LEARNING_RATE.key(), "0.003"),
            store);

    assertThat(run.matrix().tasks()).containsExactly("up", "down");
    assertThat(run.matrix().values()[0][0]).as("of one alphabet").isGreaterThan(0.99);
    assertThat(run.matrix().evaluations())
        .allMatch(evaluation -> evaluation.predictions() == 8 * evaluation.examples());
  }

  private static RunSummary run(
      final TaskStream stream,
      final NetworkType network,
      final Map<String, String> learning,
      final Path store)
      throws Exception {
    final Map<String, String> all = new TreeMap<>(learning);
    all.put(EvergradOptions.NETWORK_TYPE.key(), network.name());
    try (ProgressLine line = new ProgressLine(stream.examples())) {
      return new Demo(stream, all, Demo.Feed.ALONGSIDE, store).run(line);
    }
  }

  private static RunSummary run(final TaskStream stream, final long seed, final Path store)
      throws Exception {
    try (ProgressLine line = new ProgressLine(stream.examples())) {
      return new Demo(
              stream,
              LearnerSettings.Rule.SYMMETRY,
              LearnerSettings.Protection.SYMMETRY,
              seed,
              store)
          .run(line);
    }
  }
}
