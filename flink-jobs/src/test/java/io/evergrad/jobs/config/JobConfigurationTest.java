/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.curvature.learning.LearnerSettings.Rule;
import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.MlpSpec;
import io.evergrad.operators.pipeline.TrainingSettings;
import io.evergrad.operators.publication.StartingVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class JobConfigurationTest {

  @TempDir Path directory;

  @Test
  void defaultsAreThoseOfTheLearner() {
    final LearnerSettings read = JobConfiguration.of(Map.of()).learner();
    final LearnerSettings defaults = LearnerSettings.builder(read.network()).build();

    assertThat(read).usingRecursiveComparison().isEqualTo(defaults);
  }

  @ParameterizedTest
  @EnumSource(Rule.class)
  void anUnsetLearningRateIsThatOfTheRule(final Rule rule) {
    assertThat(
            JobConfiguration.of(Map.of("evergrad.learner.rule", rule.name()))
                .learner()
                .learningRate())
        .isEqualTo(LearnerSettings.defaultLearningRate(rule));
  }

  @ParameterizedTest
  @EnumSource(Protection.class)
  void anUnsetStrengthIsThatOfTheProtection(final Protection protection) {
    assertThat(
            JobConfiguration.of(Map.of("evergrad.protection.kind", protection.name()))
                .learner()
                .strength())
        .isEqualTo(LearnerSettings.defaultStrength(protection));
  }

  @Test
  void memoryReachesTheLearnerWhereThePrecisionHasBlocksForIt() {
    final Map<String, String> memory = Map.of("evergrad.protection.memory", "23");
    assertThat(JobConfiguration.of(memory).learner().memory()).isEqualTo(23);

    final Map<String, String> without = new HashMap<>(memory);
    without.put("evergrad.protection.kind", "ewc");
    assertThatThrownBy(() -> JobConfiguration.of(without))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining("memory 23")
        .hasMessageContaining("EWC");
  }

  @Test
  void eachModelReadsTheTopicForItselfUnlessAGroupIsSet() {
    final Map<String, String> model = Map.of("evergrad.model.name", "digits");
    assertThat(JobConfiguration.of(model).training().group()).isEqualTo("evergrad-digits");

    final Map<String, String> grouped = new HashMap<>(model);
    grouped.put("evergrad.kafka.group", "shared");
    assertThat(JobConfiguration.of(grouped).training().group()).isEqualTo("shared");
  }

  @Test
  void theLatestVersionMayBeMissing() {
    assertThat(
            JobConfiguration.of(Map.of("evergrad.store.start-from", "latest-or-none"))
                .training()
                .startingVersion())
        .isEqualTo(StartingVersion.LATEST_OR_NONE);
  }

  @Test
  void propertiesOfKafkaReachEveryClient() throws IOException {
    final Path file =
        Files.writeString(
            directory.resolve("secured.yaml"),
            """
            evergrad:
              kafka:
                properties:
                  security.protocol: SASL_SSL
                  sasl:
                    mechanism: PLAIN
            """);

    final JobConfiguration read =
        JobConfiguration.load(
            file, Map.of("evergrad.kafka.properties.ssl.truststore.location", "/a/b.p12"));

    assertThat(read.training().kafkaProperties())
        .containsOnly(
            Map.entry("security.protocol", "SASL_SSL"),
            Map.entry("sasl.mechanism", "PLAIN"),
            Map.entry("ssl.truststore.location", "/a/b.p12"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bootstrap.servers", "group.id", "enable.auto.commit"})
  void propertiesOfKafkaThatTheJobSetsAreRefused(final String name) {
    assertThatThrownBy(() -> JobConfiguration.of(Map.of("evergrad.kafka.properties." + name, "x")))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining("evergrad.kafka.properties." + name);
  }

  @Test
  void severalLearnersShareAModel() {
    final TrainingSettings one = JobConfiguration.of(Map.of()).training();
    final TrainingSettings several =
        JobConfiguration.of(
                Map.of(
                    "evergrad.learner.parallelism", "3",
                    "evergrad.learner.merge-interval", "7",
                    "evergrad.kafka.topic.parameters", "p"))
            .training();

    assertThat(one.learners()).isEqualTo(1);
    assertThat(several.learners()).isEqualTo(3);
    assertThat(several.mergeInterval()).isEqualTo(7);
    assertThat(several.parametersTopic()).isEqualTo("p");
    assertThatThrownBy(
            () ->
                JobConfiguration.of(
                    Map.of("evergrad.learner.parallelism", "2", "evergrad.kafka.bounded", "true")))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining("evergrad.learner.parallelism 2: expected 1")
        .hasMessageContaining("evergrad.kafka.bounded");
  }

  @Test
  void everyLearnerOptionReachesTheLearner() {
    final LearnerSettings read =
        JobConfiguration.of(
                Map.ofEntries(
                    Map.entry("evergrad.network.inputs", "4"),
                    Map.entry("evergrad.network.hidden", "3;2"),
                    Map.entry("evergrad.network.classes", "5"),
                    Map.entry("evergrad.network.activation", "tanh"),
                    Map.entry("evergrad.learner.rule", "adam"),
                    Map.entry("evergrad.learner.scheme", "joint"),
                    Map.entry("evergrad.learner.batch-size", "7"),
                    Map.entry("evergrad.learner.learning-rate", "0.125"),
                    Map.entry("evergrad.learner.momentum", "0.25"),
                    Map.entry("evergrad.learner.decay", "0.75"),
                    Map.entry("evergrad.learner.damping", "0.5"),
                    Map.entry("evergrad.learner.update-interval", "11"),
                    Map.entry("evergrad.learner.block-limit", "13"),
                    Map.entry("evergrad.learner.seed", "17"),
                    Map.entry("evergrad.protection.kind", "ewc"),
                    Map.entry("evergrad.protection.scheme", "cheapest"),
                    Map.entry("evergrad.protection.strength", "19"),
                    Map.entry("evergrad.protection.retention", "0.875"),
                    Map.entry("evergrad.protection.fisher-interval", "29")))
            .learner();

    assertThat(read.network()).isEqualTo(new MlpSpec(4, List.of(3, 2), 5, Activation.TANH));
    assertThat(read)
        .usingRecursiveComparison()
        .isEqualTo(
            LearnerSettings.builder(read.network())
                .rule(Rule.ADAM)
                .ruleScheme(LearnerSettings.Scheme.JOINT)
                .batchSize(7)
                .learningRate(0.125)
                .momentum(0.25)
                .decay(0.75)
                .damping(0.5)
                .updateInterval(11)
                .blockLimit(13)
                .seed(17)
                .protection(Protection.EWC)
                .protectionScheme(LearnerSettings.Scheme.CHEAPEST)
                .strength(19)
                .retention(0.875)
                .fisherInterval(29)
                .build());
  }

  @Test
  void nestedAndDottedKeysAndListsAreRead() throws IOException {
    final JobConfiguration read =
        load(
            """
            evergrad:
              model:
                name: digits
              network:
                hidden: [32, 16]
            evergrad.store.start-from: 12
            execution:
              checkpointing.interval: 2s
            """,
            Map.of());

    assertThat(read.get(EvergradOptions.MODEL)).isEqualTo("digits");
    assertThat(read.learner().network())
        .isEqualTo(new MlpSpec(784, List.of(32, 16), 10, Activation.RELU));
    assertThat(read.training().startingVersion()).isEqualTo(StartingVersion.number(12));
    assertThat(read.flink().toMap()).isEqualTo(Map.of("execution.checkpointing.interval", "2s"));
  }

  @Test
  void definitionsOverrideTheFile() throws IOException {
    final JobConfiguration read =
        load("evergrad.model.name: a", Map.of("evergrad.model.name", "b"));

    assertThat(read.get(EvergradOptions.MODEL)).isEqualTo("b");
  }

  @Test
  void anEmptyListOfHiddenLayersIsALinearClassifier() throws IOException {
    assertThat(load("evergrad.network.hidden: []", Map.of()).learner().network())
        .isEqualTo(new MlpSpec(784, List.of(), 10, Activation.RELU));
  }

  @ParameterizedTest
  @CsvSource({
    "evergrad.learner.batchsize,evergrad.learner.batch-size",
    "evergrad.learner.learning_rate,evergrad.learner.learning-rate",
    "evergrad.kafka.topics.examples,evergrad.kafka.topic.examples",
    "evergrad.protection.lambda,evergrad.protection.kind"
  })
  void anUnknownKeyIsRefusedNamingTheNearest(final String unknown, final String nearest) {
    assertThatThrownBy(() -> JobConfiguration.of(Map.of(unknown, "1")))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining("unknown key " + unknown)
        .hasMessageContaining("did you mean " + nearest + "?");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "evergrad.learner.momentum|1|[0, 1)",
        "evergrad.learner.momentum|NaN|[0, 1)",
        "evergrad.learner.decay|-0.5|[0, 1)",
        "evergrad.learner.damping|0.0|above 0",
        "evergrad.learner.learning-rate|-1.0|above 0",
        "evergrad.learner.batch-size|0|at least 1",
        "evergrad.learner.update-interval|0|at least 1",
        "evergrad.learner.block-limit|0|at least 1",
        "evergrad.protection.strength|-1.0|at least 0",
        "evergrad.protection.memory|Infinity|at least 0",
        "evergrad.protection.retention|1.5|(0, 1]",
        "evergrad.protection.fisher-interval|0|at least 1",
        "evergrad.network.inputs|0|at least 1",
        "evergrad.network.hidden|0|at least 1",
        "evergrad.network.classes|1|at least 2",
        "evergrad.evaluation.cap|0|at least 1",
        "evergrad.progress.interval|0|at least 1",
        "evergrad.store.publish-interval|-1|at least 0",
        "evergrad.store.start-from|newest|latest",
        "evergrad.store.start-from|0|latest",
        "evergrad.model.name|../up|letters",
        "evergrad.model.name|.|not beginning",
        "evergrad.learner.batch-size|many|many",
        "evergrad.learner.batch-size|3000000000|3000000000",
        "evergrad.learner.rule|newton|SYMMETRY",
      })
  void aBadValueIsRefusedNamingKeyValueAndWhatIsExpected(
      final String key, final String value, final String expected) {
    assertThatThrownBy(() -> JobConfiguration.of(Map.of(key, value)))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining(key)
        .hasMessageContaining(value)
        .hasMessageContaining(expected);
  }

  @Test
  void aKeyGivenTwiceIsRefused() {
    assertThatThrownBy(
            () ->
                load(
                    """
                    evergrad.model.name: a
                    evergrad:
                      model.name: b
                    """,
                    Map.of()))
        .hasMessageContaining("evergrad.model.name is given twice");
  }

  @Test
  void aFileThatIsMissingOrNoYamlIsNamed() throws IOException {
    final Path missing = directory.resolve("missing.yaml");
    assertThatThrownBy(() -> JobConfiguration.load(missing, Map.of()))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining(missing + ": no such file");
    assertThatThrownBy(() -> load("a: [", Map.of()))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining("job.yaml: not readable as YAML");
  }

  private JobConfiguration load(final String yaml, final Map<String, String> definitions)
      throws IOException {
    return JobConfiguration.load(
        Files.writeString(directory.resolve("job.yaml"), yaml), definitions);
  }
}
