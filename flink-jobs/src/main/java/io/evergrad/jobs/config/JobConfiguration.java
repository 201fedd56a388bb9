/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.config;

import static io.evergrad.jobs.config.EvergradOptions.PREFIX;

import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.operators.pipeline.TrainingSettings;
import io.evergrad.operators.publication.StartingVersion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.YamlParserUtils;

/**
 * The checked configuration of one training job: a YAML file, overridden by {@code key=value}
 * definitions. Keys may be nested or dotted; those that do not begin with {@code evergrad.} are
 * Flink's and are handed on as they are. Immutable once made.
 */
public final class JobConfiguration {
  private static final Pattern MODEL_NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}");

  private static final Pattern VERSION_NUMBER = Pattern.compile("[1-9][0-9]{0,17}");

  /** What the job's exactly-once path from examples to parameters rests on, or has an option. */
  private static final Set<String> RESERVED_KAFKA_PROPERTIES =
      Set.of(
          "bootstrap.servers",
          "group.id",
          "client.id",
          "client.id.prefix",
          "auto.offset.reset",
          "enable.auto.commit",
          "key.deserializer",
          "value.deserializer",
          "key.serializer",
          "value.serializer",
          "transactional.id",
          "acks",
          "enable.idempotence");

  private final Configuration evergrad;
  private final Configuration flink;
  private final LearnerSettings learner;

  private JobConfiguration(final Map<String, String> values) {
    evergrad = new Configuration();
    flink = new Configuration();
    values.forEach(
        (key, value) -> (key.startsWith(PREFIX) ? evergrad : flink).setString(key, value));
    rejectUnknownKeys();
    rejectUnreadableValues();
    rejectOutOfRange();
    learner = readLearner();
    rejectUnshareable();
  }

  /** The defaults, overridden by definitions. */
  public static JobConfiguration of(final Map<String, String> definitions) {
    return new JobConfiguration(definitions);
  }

  /**
   * Reads a YAML file.
   *
   * @param file nested or dotted keys
   * @param definitions override what the file says
   * @throws InvalidConfigurationException if the file cannot be read or is not YAML, if a key is
   *     unknown (naming the nearest known one), or if a value cannot be parsed or is out of range
   */
  public static JobConfiguration load(final Path file, final Map<String, String> definitions) {
    final Map<String, String> values = new LinkedHashMap<>();
    flatten("", parse(file), values);
    values.putAll(definitions);
    try {
      return new JobConfiguration(values);
    } catch (final InvalidConfigurationException e) {
      throw new InvalidConfigurationException(file + ": " + e.getMessage(), e);
    }
  }

  /** The value of an option, or null where it is not set and has no default. */
  public <T> T get(final ConfigOption<T> option) {
    return evergrad.get(option);
  }

  /** How the network learns and what it protects. */
  public LearnerSettings learner() {
    return learner;
  }

  /** Flink's part, a copy: checkpointing, restarts, state. */
  public Configuration flink() {
    return new Configuration(flink);
  }

  /** What the pipeline needs to know. */
  public TrainingSettings training() {
    final TrainingSettings.Builder settings =
        TrainingSettings.builder(
            get(EvergradOptions.BOOTSTRAP_SERVERS),
            get(EvergradOptions.MODEL),
            learner,
            get(EvergradOptions.STORE_DIRECTORY));
    get(EvergradOptions.KAFKA_PROPERTIES).forEach(settings::kafkaProperty);
    return settings
        .examplesTopic(get(EvergradOptions.EXAMPLES_TOPIC))
        .deadLetterTopic(get(EvergradOptions.DEAD_LETTER_TOPIC))
        .metricsTopic(get(EvergradOptions.METRICS_TOPIC))
        .parametersTopic(get(EvergradOptions.PARAMETERS_TOPIC))
        .group(group())
        .bounded(get(EvergradOptions.BOUNDED))
        .learners(get(EvergradOptions.LEARNERS))
        .mergeInterval(get(EvergradOptions.MERGE_INTERVAL))
        .progressInterval(get(EvergradOptions.PROGRESS_INTERVAL))
        .publishInterval(get(EvergradOptions.PUBLISH_INTERVAL))
        .startingVersion(startingVersion())
        .heldOutLimit(get(EvergradOptions.EVALUATION_CAP))
        .build();
  }

  private String group() {
    final String group = get(EvergradOptions.GROUP);
    return group == null ? "evergrad-" + get(EvergradOptions.MODEL) : group;
  }

  private StartingVersion startingVersion() {
    final String text = get(EvergradOptions.START_FROM);
    if ("none".equals(text)) {
      return StartingVersion.NONE;
    }
    if ("latest".equals(text)) {
      return StartingVersion.LATEST;
    }
    if ("latest-or-none".equals(text)) {
      return StartingVersion.LATEST_OR_NONE;
    }
    if (VERSION_NUMBER.matcher(text).matches()) {
      return StartingVersion.number(Long.parseLong(text));
    }
    throw outOfRange(EvergradOptions.START_FROM, "none, latest, latest-or-none or a number from 1");
  }

  private static Map<String, Object> parse(final Path file) {
    if (!Files.isRegularFile(file)) {
      throw new InvalidConfigurationException(
          file + ": no such file; expected a YAML file of options");
    }
    try {
      return YamlParserUtils.loadYamlFile(file.toFile());
    } catch (final Exception e) {
      throw new InvalidConfigurationException(
          file + ": not readable as YAML: " + e.getMessage(), e);
    }
  }

  private static void flatten(
      final String prefix, final Map<?, ?> tree, final Map<String, String> into) {
    tree.forEach(
        (name, value) -> {
          final String key = prefix + name;
          if (value instanceof Map<?, ?> subtree) {
            flatten(key + ".", subtree, into);
          } else if (value instanceof Collection<?> list) {
            into.put(key, String.join(";", list.stream().map(String::valueOf).toList()));
          } else if (value == null) {
            throw new InvalidConfigurationException(
                key + " has no value; give one, or leave the key out");
          } else if (into.put(key, value.toString()) != null) {
            throw new InvalidConfigurationException(key + " is given twice; keep one of them");
          }
        });
  }

  private void rejectUnknownKeys() {
    final TreeSet<String> known = new TreeSet<>();
    EvergradOptions.ALL.forEach(option -> known.add(option.key()));
    for (final String key : new TreeSet<>(evergrad.keySet())) {
      if (!known.contains(key) && !key.startsWith(EvergradOptions.KAFKA_PROPERTIES.key() + ".")) {
        throw new InvalidConfigurationException(
            "unknown key " + key + "; did you mean " + KeySuggestion.nearest(key, known) + "?");
      }
    }
  }

  private void rejectUnreadableValues() {
    for (final ConfigOption<?> option : EvergradOptions.ALL) {
      try {
        evergrad.get(option);
      } catch (final IllegalArgumentException e) {
        throw new InvalidConfigurationException(
            option.key()
                + " "
                + evergrad.toMap().get(option.key())
                + ": "
                + rootCause(e).getMessage(),
            e);
      }
    }
  }

  private void rejectOutOfRange() {
    if (!MODEL_NAME.matcher(get(EvergradOptions.MODEL)).matches()) {
      throw outOfRange(
          EvergradOptions.MODEL,
          "1 to 100 letters, digits, '.', '_' or '-', not beginning with '.'");
    }
    require(EvergradOptions.LEARNERS, value -> value >= 1, "at least 1");
    require(EvergradOptions.MERGE_INTERVAL, value -> value >= 1, "at least 1");
    if (get(EvergradOptions.BOUNDED) && get(EvergradOptions.LEARNERS) > 1) {
      throw outOfRange(
          EvergradOptions.LEARNERS,
          "1 where "
              + EvergradOptions.BOUNDED.key()
              + " is true, as merged models come back through a topic that has no end");
    }
    for (final String name : get(EvergradOptions.KAFKA_PROPERTIES).keySet()) {
      if (RESERVED_KAFKA_PROPERTIES.contains(name)) {
        throw new InvalidConfigurationException(
            EvergradOptions.KAFKA_PROPERTIES.key()
                + "."
                + name
                + ": the job sets it itself; leave it out, and see the other "
                + PREFIX
                + "kafka options");
      }
    }
    require(EvergradOptions.EVALUATION_CAP, value -> value >= 1, "at least 1");
    require(EvergradOptions.PROGRESS_INTERVAL, value -> value >= 1, "at least 1");
    require(EvergradOptions.PUBLISH_INTERVAL, value -> value >= 0, "at least 0");
    startingVersion();
  }

  private void require(
      final ConfigOption<Integer> option, final IntPredicate inRange, final String expected) {
    if (!inRange.test(get(option))) {
      throw outOfRange(option, expected);
    }
  }

  private InvalidConfigurationException outOfRange(
      final ConfigOption<?> option, final String expected) {
    return new InvalidConfigurationException(
        option.key() + " " + get(option) + ": expected " + expected);
  }

  private void rejectUnshareable() {
    if (get(EvergradOptions.LEARNERS) > 1 && learner.unshareable().isPresent()) {
      throw outOfRange(EvergradOptions.LEARNERS, "1 with " + learner.unshareable().get());
    }
  }

  private LearnerSettings readLearner() {
    final LearnerSettings.Builder settings =
        LearnerSettings.builder(ConfiguredNetwork.of(evergrad));
    apply(EvergradOptions.RULE, settings::rule);
    apply(EvergradOptions.RULE_SCHEME, settings::ruleScheme);
    apply(EvergradOptions.BATCH_SIZE, settings::batchSize);
    apply(EvergradOptions.LEARNING_RATE, settings::learningRate);
    apply(EvergradOptions.MOMENTUM, settings::momentum);
    apply(EvergradOptions.WEIGHT_DECAY, settings::weightDecay);
    apply(EvergradOptions.DECAY, settings::decay);
    apply(EvergradOptions.DAMPING, settings::damping);
    apply(EvergradOptions.UPDATE_INTERVAL, settings::updateInterval);
    apply(EvergradOptions.MOMENT_INTERVAL, settings::momentInterval);
    apply(EvergradOptions.ROOT_RANK, settings::rootRank);
    apply(EvergradOptions.INITIAL_BOOST, settings::initialBoost);
    if (get(EvergradOptions.LEARNERS) > 1) {
      settings.averaging(0);
    } else {
      apply(EvergradOptions.AVERAGING, settings::averaging);
    }
    apply(EvergradOptions.BLOCK_LIMIT, settings::blockLimit);
    apply(EvergradOptions.SEED, settings::seed);
    apply(EvergradOptions.PROTECTION, settings::protection);
    apply(EvergradOptions.PROTECTION_SCHEME, settings::protectionScheme);
    apply(EvergradOptions.STRENGTH, settings::strength);
    apply(EvergradOptions.MEMORY, settings::memory);
    apply(EvergradOptions.RETENTION, settings::retention);
    apply(EvergradOptions.FISHER_INTERVAL, settings::fisherInterval);
    apply(EvergradOptions.PULL_INTERVAL, settings::pullInterval);
    apply(EvergradOptions.REPLAY_SIZE, settings::replaySize);
    try {
      return settings.build();
    } catch (final IllegalArgumentException e) {
      throw new InvalidConfigurationException(
          PREFIX + "learner and " + PREFIX + "protection: " + e.getMessage(), e);
    }
  }

  private <T> void apply(final ConfigOption<T> option, final Consumer<T> setter) {
    final T value = get(option);
    if (value == null) {
      return;
    }
    try {
      setter.accept(value);
    } catch (final IllegalArgumentException e) {
      throw new InvalidConfigurationException(option.key() + ": " + e.getMessage(), e);
    }
  }

  private static Throwable rootCause(final Throwable error) {
    Throwable cause = error;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}
