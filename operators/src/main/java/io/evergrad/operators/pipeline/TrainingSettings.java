/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.pipeline;

import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.operators.publication.StartingVersion;
import java.io.Serializable;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/** All that a training job needs to know. Immutable; built by {@link #builder}. */
public final class TrainingSettings implements Serializable {
  private static final long serialVersionUID = 1L;

  private final String bootstrapServers;
  private final String examplesTopic;
  private final String deadLetterTopic;
  private final String metricsTopic;
  private final String parametersTopic;
  private final String group;
  private final boolean bounded;
  private final TreeMap<String, String> kafkaProperties;
  private final String model;
  private final LearnerSettings learner;
  private final int learners;
  private final long mergeInterval;
  private final long progressInterval;
  private final String storeRoot;
  private final long publishInterval;
  private final StartingVersion startingVersion;
  private final int heldOutLimit;
  private final int evaluationBatchSize;

  private TrainingSettings(final Builder b) {
    bootstrapServers = b.bootstrapServers;
    examplesTopic = b.examplesTopic;
    deadLetterTopic = b.deadLetterTopic;
    metricsTopic = b.metricsTopic;
    parametersTopic = b.parametersTopic;
    group = b.group;
    bounded = b.bounded;
    kafkaProperties = new TreeMap<>(b.kafkaProperties);
    model = b.model;
    learner = b.learner;
    learners = b.learners;
    mergeInterval = b.mergeInterval;
    progressInterval = b.progressInterval;
    storeRoot = b.storeRoot;
    publishInterval = b.publishInterval;
    startingVersion = b.startingVersion;
    heldOutLimit = b.heldOutLimit;
    evaluationBatchSize = b.evaluationBatchSize;
  }

  /** Kafka brokers to begin with: host:port, separated by commas. */
  public String bootstrapServers() {
    return bootstrapServers;
  }

  /** Topic that examples and ends of tasks are read from. */
  public String examplesTopic() {
    return examplesTopic;
  }

  /** Topic that refused records are written to. */
  public String deadLetterTopic() {
    return deadLetterTopic;
  }

  /** Topic that progress and evaluations are written to. */
  public String metricsTopic() {
    return metricsTopic;
  }

  /** Topic that merged models go through, back to the learners; unused with one learner. */
  public String parametersTopic() {
    return parametersTopic;
  }

  /** Consumer group whose offsets are committed at checkpoints. */
  public String group() {
    return group;
  }

  /** Whether the job ends at the records that were last when it began. */
  public boolean bounded() {
    return bounded;
  }

  /** Properties of all Kafka clients, such as those of security. */
  public SortedMap<String, String> kafkaProperties() {
    return Collections.unmodifiableSortedMap(kafkaProperties);
  }

  /** The model's name. */
  public String model() {
    return model;
  }

  /** Network, learning rule and protection. */
  public LearnerSettings learner() {
    return learner;
  }

  /** How many learners share the model, one for each partition of the examples' topic. */
  public int learners() {
    return learners;
  }

  /** Steps from one hand-in of a learner to the next; unused with one learner. */
  public long mergeInterval() {
    return mergeInterval;
  }

  /** Steps from one progress record to the next; 0: none. */
  public long progressInterval() {
    return progressInterval;
  }

  /** Directory of the model store, on a file system that all TaskManagers share. */
  public String storeRoot() {
    return storeRoot;
  }

  /** Steps from one version to the next within a task; 0: one at each end of a task only. */
  public long publishInterval() {
    return publishInterval;
  }

  /** The stored version to start from where there is no checkpoint to go on from. */
  public StartingVersion startingVersion() {
    return startingVersion;
  }

  /** Held-out examples kept of each task; a seeded sample beyond. */
  public int heldOutLimit() {
    return heldOutLimit;
  }

  /** Predictions made at once by an evaluation; never less than one example's. */
  public int evaluationBatchSize() {
    return evaluationBatchSize;
  }

  /**
   * Settings at their defaults.
   *
   * @param bootstrapServers Kafka brokers to begin with
   * @param model the model's name
   * @param learner network, learning rule and protection
   * @param storeRoot directory of the model store
   */
  public static Builder builder(
      final String bootstrapServers,
      final String model,
      final LearnerSettings learner,
      final String storeRoot) {
    return new Builder(bootstrapServers, model, learner, storeRoot);
  }

  /** Collects settings; not thread-safe. */
  public static final class Builder {
    private final String bootstrapServers;
    private final String model;
    private final LearnerSettings learner;
    private final String storeRoot;
    private final Map<String, String> kafkaProperties = new TreeMap<>();
    private String examplesTopic = "examples";
    private String deadLetterTopic = "examples.dlq";
    private String metricsTopic = "metrics";
    private String parametersTopic = "parameters";
    private String group = "evergrad";
    private boolean bounded;
    private int learners = 1;
    private long mergeInterval = 20;
    private long progressInterval = 20;
    private long publishInterval;
    private StartingVersion startingVersion = StartingVersion.NONE;
    private int heldOutLimit = 10_000;
    private int evaluationBatchSize = 1_000;

    private Builder(
        final String bootstrapServers,
        final String model,
        final LearnerSettings learner,
        final String storeRoot) {
      this.bootstrapServers = Objects.requireNonNull(bootstrapServers, "bootstrapServers");
      this.model = Objects.requireNonNull(model, "model");
      this.learner = Objects.requireNonNull(learner, "learner");
      this.storeRoot = Objects.requireNonNull(storeRoot, "storeRoot");
    }

    /** See {@link TrainingSettings#examplesTopic()}; {@code examples} unless set. */
    public Builder examplesTopic(final String topic) {
      examplesTopic = Objects.requireNonNull(topic, "examplesTopic");
      return this;
    }

    /** See {@link TrainingSettings#deadLetterTopic()}; {@code examples.dlq} unless set. */
    public Builder deadLetterTopic(final String topic) {
      deadLetterTopic = Objects.requireNonNull(topic, "deadLetterTopic");
      return this;
    }

    /** See {@link TrainingSettings#metricsTopic()}; {@code metrics} unless set. */
    public Builder metricsTopic(final String topic) {
      metricsTopic = Objects.requireNonNull(topic, "metricsTopic");
      return this;
    }

    /** See {@link TrainingSettings#parametersTopic()}; {@code parameters} unless set. */
    public Builder parametersTopic(final String topic) {
      parametersTopic = Objects.requireNonNull(topic, "parametersTopic");
      return this;
    }

    /** See {@link TrainingSettings#group()}; {@code evergrad} unless set. */
    public Builder group(final String name) {
      group = Objects.requireNonNull(name, "group");
      return this;
    }

    /** See {@link TrainingSettings#bounded()}; false unless set. */
    public Builder bounded(final boolean value) {
      bounded = value;
      return this;
    }

    /** See {@link TrainingSettings#kafkaProperties()}. */
    public Builder kafkaProperty(final String name, final String value) {
      kafkaProperties.put(
          Objects.requireNonNull(name, "name"), Objects.requireNonNull(value, "value"));
      return this;
    }

    /** See {@link TrainingSettings#learners()}; 1 unless set. */
    public Builder learners(final int count) {
      learners = (int) atLeast("learners", count, 1);
      return this;
    }

    /** See {@link TrainingSettings#mergeInterval()}; 20 unless set. */
    public Builder mergeInterval(final long steps) {
      mergeInterval = atLeast("merge interval", steps, 1);
      return this;
    }

    /** See {@link TrainingSettings#progressInterval()}; 20 unless set. */
    public Builder progressInterval(final long steps) {
      progressInterval = atLeast("progress interval", steps, 0);
      return this;
    }

    /** See {@link TrainingSettings#publishInterval()}; 0 unless set. */
    public Builder publishInterval(final long steps) {
      publishInterval = atLeast("publish interval", steps, 0);
      return this;
    }

    /** See {@link TrainingSettings#startingVersion()}; none unless set. */
    public Builder startingVersion(final StartingVersion version) {
      startingVersion = Objects.requireNonNull(version, "startingVersion");
      return this;
    }

    /** See {@link TrainingSettings#heldOutLimit()}; 10,000 unless set. */
    public Builder heldOutLimit(final int examples) {
      heldOutLimit = (int) atLeast("held-out limit", examples, 1);
      return this;
    }

    /** See {@link TrainingSettings#evaluationBatchSize()}; 1,000 unless set. */
    public Builder evaluationBatchSize(final int examples) {
      evaluationBatchSize = (int) atLeast("evaluation batch size", examples, 1);
      return this;
    }

    /**
     * The settings.
     *
     * @throws IllegalArgumentException if a bounded job has several learners
     */
    public TrainingSettings build() {
      if (bounded && learners > 1) {
        throw new IllegalArgumentException(
            "a bounded job with "
                + learners
                + " learners: merged models come back through a topic that has no end; use one"
                + " learner, or stop the job with a savepoint");
      }
      return new TrainingSettings(this);
    }

    private static long atLeast(final String name, final long value, final long least) {
      if (value < least) {
        throw new IllegalArgumentException(name + " " + value + ": expected at least " + least);
      }
      return value;
    }
  }
}
