/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.config;

import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.curvature.learning.LearnerSettings.Rule;
import io.evergrad.curvature.learning.LearnerSettings.Scheme;
import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.ConvolutionalSpec;
import io.evergrad.curvature.network.MlpSpec;
import io.evergrad.curvature.network.Normalisation;
import io.evergrad.curvature.network.RecurrentSpec;
import io.evergrad.curvature.network.TransformerSpec;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ConfigOptions.OptionBuilder;

/**
 * Every option of a training job, with its default. Those of the learner take their defaults from
 * {@link LearnerSettings}, so that they exist once. Descriptions name the unit and the range.
 */
public final class EvergradOptions {

  /** What every key begins with; keys without it are Flink's own. */
  public static final String PREFIX = "evergrad.";

  private static final MlpSpec NETWORK = new MlpSpec(784, List.of(256, 256), 10, Activation.RELU);

  private static final ConvolutionalSpec CONVOLUTIONAL =
      new ConvolutionalSpec(1, 28, 28, List.of(16, 32), 3, 2, 10, Activation.RELU);

  private static final RecurrentSpec RECURRENT =
      new RecurrentSpec(28, 28, NETWORK.hidden(), 10, Activation.RELU);

  private static final TransformerSpec TRANSFORMER =
      new TransformerSpec(64, 256, 64, 4, 256, 2, Normalisation.LAYER);

  private static final LearnerSettings DEFAULTS = LearnerSettings.builder(NETWORK).build();

  public static final ConfigOption<String> BOOTSTRAP_SERVERS =
      key("kafka.bootstrap-servers")
          .stringType()
          .defaultValue("localhost:9092")
          .withDescription("Kafka brokers to begin with: host:port, separated by commas.");

  public static final ConfigOption<String> EXAMPLES_TOPIC =
      key("kafka.topic.examples")
          .stringType()
          .defaultValue("examples")
          .withDescription("Topic that examples and ends of tasks are read from.");

  public static final ConfigOption<String> DEAD_LETTER_TOPIC =
      key("kafka.topic.dead-letter")
          .stringType()
          .defaultValue("examples.dlq")
          .withDescription("Topic that records which cannot be learned are written to, unchanged.");

  public static final ConfigOption<String> METRICS_TOPIC =
      key("kafka.topic.metrics")
          .stringType()
          .defaultValue("metrics")
          .withDescription("Topic that progress and evaluations are written to, as JSON.");

  public static final ConfigOption<String> PARAMETERS_TOPIC =
      key("kafka.topic.parameters")
          .stringType()
          .defaultValue("parameters")
          .withDescription(
              "Topic that merged models go through, back to the learners: compacted, of one "
                  + "partition, with a max.message.bytes that a model fits into. Unused with one "
                  + "learner.");

  public static final ConfigOption<String> GROUP =
      key("kafka.group")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Consumer group whose offsets are committed at checkpoints, and from which a job "
                  + "begins that restores no state; without any, at the earliest record. Unless "
                  + "set, evergrad-MODEL, so that each model reads the topic for itself.");

  public static final ConfigOption<Map<String, String>> KAFKA_PROPERTIES =
      key("kafka.properties")
          .mapType()
          .defaultValue(Map.of())
          .withDescription(
              "Settings of Kafka's own clients, source and sinks alike: "
                  + "kafka.properties.security.protocol and the like. Those that have an option here, "
                  + "or that the job depends on, are refused.");

  public static final ConfigOption<Boolean> BOUNDED =
      key("kafka.bounded")
          .booleanType()
          .defaultValue(false)
          .withDescription(
              "Whether the job ends at the records that were last in the topic when it began; "
                  + "otherwise it goes on until cancelled.");

  public static final ConfigOption<String> MODEL =
      key("model.name")
          .stringType()
          .defaultValue("default")
          .withDescription(
              "Name of the model in the store, on the metrics topic and in metrics: letters, "
                  + "digits, '.', '_' and '-', not beginning with '.', at most 100 characters.");

  public static final ConfigOption<NetworkType> NETWORK_TYPE =
      key("network.type")
          .enumType(NetworkType.class)
          .defaultValue(NetworkType.MLP)
          .withDescription(
              "Kind of network: "
                  + names(NetworkType.values())
                  + ". Each of the keys network.* belongs to the kinds that it names; with another "
                  + "kind it is refused.");

  public static final ConfigOption<String> NETWORK_CLASS =
      key("network.class")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Class of a network of your own, on the job's class path: it implements "
                  + "io.evergrad.curvature.network.NetworkSpec and has a public constructor without "
                  + "arguments. It takes the place of all other keys network.*.");

  public static final ConfigOption<Integer> INPUTS =
      key("network.inputs")
          .intType()
          .defaultValue(NETWORK.inputs())
          .withDescription("MLP: features of one example; at least 1.");

  public static final ConfigOption<List<Integer>> HIDDEN =
      key("network.hidden")
          .intType()
          .asList()
          .defaultValues(NETWORK.hidden().toArray(Integer[]::new))
          .withDescription(
              "MLP, RECURRENT: units of each hidden layer, in order: [256, 256] or 256;256; each at "
                  + "least 1. RECURRENT has at least one.");

  public static final ConfigOption<Integer> CLASSES =
      key("network.classes")
          .intType()
          .defaultValue(NETWORK.classes())
          .withDescription(
              "MLP, CONVOLUTIONAL, RECURRENT: classes that labels are taken from; at least 2.");

  public static final ConfigOption<Activation> ACTIVATION =
      key("network.activation")
          .enumType(Activation.class)
          .defaultValue(NETWORK.activation())
          .withDescription(
              "MLP, CONVOLUTIONAL, RECURRENT: non-linearity after each hidden layer: "
                  + names(Activation.values())
                  + ".");

  public static final ConfigOption<Integer> CHANNELS =
      key("network.channels")
          .intType()
          .defaultValue(CONVOLUTIONAL.channels())
          .withDescription(
              "CONVOLUTIONAL: channels of the image, whose features come channel by channel, row by "
                  + "row; at least 1.");

  public static final ConfigOption<Integer> HEIGHT =
      key("network.height")
          .intType()
          .defaultValue(CONVOLUTIONAL.height())
          .withDescription("CONVOLUTIONAL: rows of the image; at least 1.");

  public static final ConfigOption<Integer> WIDTH =
      key("network.width")
          .intType()
          .noDefaultValue()
          .withDescription(
              "CONVOLUTIONAL: columns of the image; at least 1, unless set "
                  + CONVOLUTIONAL.width()
                  + ". RECURRENT: features of one step; at least 1, unless set "
                  + RECURRENT.width()
                  + ". TRANSFORMER: of the residual stream; a multiple of network.heads, unless set "
                  + TRANSFORMER.width()
                  + ".");

  public static final ConfigOption<List<Integer>> FILTERS =
      key("network.filters")
          .intType()
          .asList()
          .defaultValues(CONVOLUTIONAL.filters().toArray(Integer[]::new))
          .withDescription(
              "CONVOLUTIONAL: channels that each convolution makes, in order: [16, 32] or 16;32; "
                  + "each at least 1.");

  public static final ConfigOption<Integer> KERNEL =
      key("network.kernel")
          .intType()
          .defaultValue(CONVOLUTIONAL.kernel())
          .withDescription("CONVOLUTIONAL: rows and columns of each kernel; an odd number.");

  public static final ConfigOption<Integer> STRIDE =
      key("network.stride")
          .intType()
          .defaultValue(CONVOLUTIONAL.stride())
          .withDescription(
              "CONVOLUTIONAL: rows, and columns, from one place of a kernel to the next; at least "
                  + "1.");

  public static final ConfigOption<Integer> STEPS =
      key("network.steps")
          .intType()
          .defaultValue(RECURRENT.steps())
          .withDescription(
              "RECURRENT: steps of the sequence, whose features come step by step; at least 1.");

  public static final ConfigOption<Integer> CONTEXT =
      key("network.context")
          .intType()
          .defaultValue(TRANSFORMER.context())
          .withDescription(
              "TRANSFORMER: tokens that it reads, and predictions that it makes of an example of one "
                  + "token more; at least 1.");

  public static final ConfigOption<Integer> VOCABULARY =
      key("network.vocabulary")
          .intType()
          .defaultValue(TRANSFORMER.vocabulary())
          .withDescription(
              "TRANSFORMER: different tokens, whose ids count from 0; at least 2. "
                  + TRANSFORMER.vocabulary()
                  + " fits bytes of text.");

  public static final ConfigOption<Integer> HEADS =
      key("network.heads")
          .intType()
          .defaultValue(TRANSFORMER.heads())
          .withDescription("TRANSFORMER: heads of each attention; at least 1.");

  public static final ConfigOption<Integer> PERCEPTRON =
      key("network.perceptron")
          .intType()
          .defaultValue(TRANSFORMER.hidden())
          .withDescription("TRANSFORMER: hidden units of each block's perceptron; at least 1.");

  public static final ConfigOption<Integer> LAYERS =
      key("network.layers")
          .intType()
          .defaultValue(TRANSFORMER.layers())
          .withDescription("TRANSFORMER: blocks of an attention and a perceptron; from 1 to 1000.");

  public static final ConfigOption<Normalisation> NORMALISATION =
      key("network.normalisation")
          .enumType(Normalisation.class)
          .defaultValue(TRANSFORMER.normalisation())
          .withDescription(
              "TRANSFORMER: before each attention, each perceptron and the last layer: "
                  + names(Normalisation.values())
                  + ".");

  /** The keys of each kind of network. */
  static final Map<NetworkType, List<ConfigOption<?>>> NETWORK_KEYS =
      new EnumMap<>(
          Map.of(
              NetworkType.MLP,
              List.of(INPUTS, HIDDEN, CLASSES, ACTIVATION),
              NetworkType.CONVOLUTIONAL,
              List.of(CHANNELS, HEIGHT, WIDTH, FILTERS, KERNEL, STRIDE, CLASSES, ACTIVATION),
              NetworkType.RECURRENT,
              List.of(STEPS, WIDTH, HIDDEN, CLASSES, ACTIVATION),
              NetworkType.TRANSFORMER,
              List.of(CONTEXT, VOCABULARY, WIDTH, HEADS, PERCEPTRON, LAYERS, NORMALISATION)));

  /** What {@link #WIDTH} is unless set. */
  static int defaultWidth(final NetworkType type) {
    return switch (type) {
      case CONVOLUTIONAL -> CONVOLUTIONAL.width();
      case RECURRENT -> RECURRENT.width();
      case TRANSFORMER -> TRANSFORMER.width();
      case MLP -> throw new IllegalArgumentException(WIDTH.key() + " is no key of an MLP");
    };
  }

  public static final ConfigOption<Rule> RULE =
      key("learner.rule")
          .enumType(Rule.class)
          .defaultValue(DEFAULTS.rule())
          .withDescription("What turns a gradient into a step: " + names(Rule.values()) + ".");

  public static final ConfigOption<Scheme> RULE_SCHEME =
      key("learner.scheme")
          .enumType(Scheme.class)
          .defaultValue(DEFAULTS.ruleScheme())
          .withDescription(
              "Symmetry that the learning rule's curvature is averaged over: "
                  + names(Scheme.values())
                  + ". Used by the rule SYMMETRY only.");

  public static final ConfigOption<Integer> BATCH_SIZE =
      key("learner.batch-size")
          .intType()
          .defaultValue(DEFAULTS.batchSize())
          .withDescription("Examples in one step; at least 1.");

  public static final ConfigOption<Double> LEARNING_RATE =
      key("learner.learning-rate")
          .doubleType()
          .noDefaultValue()
          .withDescription(
              "Step length η; above 0. Unless set, that of the rule: "
                  + perValue(Rule.values(), LearnerSettings::defaultLearningRate)
                  + ".");

  public static final ConfigOption<Double> MOMENTUM =
      key("learner.momentum")
          .doubleType()
          .noDefaultValue()
          .withDescription(
              "Decay per step of the moving average of gradients, of SYMMETRY of preconditioned ones; in "
                  + "[0, 1). Unless set, that of the rule: "
                  + perValue(Rule.values(), LearnerSettings::defaultMomentum)
                  + ".");

  public static final ConfigOption<Double> WEIGHT_DECAY =
      key("learner.weight-decay")
          .doubleType()
          .noDefaultValue()
          .withDescription(
              "w of decoupled weight decay, which multiplies parameters by 1 - ηw at each step of "
                  + "any rule; at least 0. Unless set, that of the rule: "
                  + perValue(Rule.values(), LearnerSettings::defaultWeightDecay)
                  + ".");

  public static final ConfigOption<Double> DECAY =
      key("learner.decay")
          .doubleType()
          .noDefaultValue()
          .withDescription(
              "Decay per step of the second moment's moving average; in [0, 1). Unless set, that of "
                  + "the rule: "
                  + perValue(Rule.values(), LearnerSettings::defaultDecay)
                  + ".");

  public static final ConfigOption<Double> DAMPING =
      key("learner.damping")
          .doubleType()
          .noDefaultValue()
          .withDescription(
              "Damping, relative to the largest eigenvalue of a block; above 0. Unless set, 3.0E-4 "
                  + "for the rule SYMMETRY with the scheme TWO_SIDED, 1.0E-4 otherwise.");

  public static final ConfigOption<Integer> UPDATE_INTERVAL =
      key("learner.update-interval")
          .intType()
          .noDefaultValue()
          .withDescription(
              "Steps from one inverse root to the next; at least 1. The rule SYMMETRY renews it at "
                  + "each of the first as many steps of a task, but at most 80. Unless set, 128 for "
                  + "the rule SYMMETRY with the scheme TWO_SIDED, 40 with another, and 10 for other rules.");

  public static final ConfigOption<Integer> MOMENT_INTERVAL =
      key("learner.moment-interval")
          .intType()
          .defaultValue(DEFAULTS.momentInterval())
          .withDescription(
              "Steps from one gradient that the second moment of the rule SYMMETRY takes to the "
                  + "next; at least 1.");

  public static final ConfigOption<Integer> ROOT_RANK =
      key("learner.root-rank")
          .intType()
          .noDefaultValue()
          .withDescription(
              "Eigenvectors of each factor that the second moment of the scheme TWO_SIDED and its "
                  + "inverse root keep; at least 1. Unless set, 128 for a network of type "
                  + "TRANSFORMER, 16 for others.");

  public static final ConfigOption<Double> INITIAL_BOOST =
      key("learner.initial-boost")
          .doubleType()
          .noDefaultValue()
          .withDescription(
              "b of the rule SYMMETRY: its step t is of length η(1 + b·exp(-t/50)); at least 0. Unless "
                  + "set, 2 for a network of type MLP, 0 for others.");

  public static final ConfigOption<Double> AVERAGING =
      key("learner.averaging")
          .doubleType()
          .noDefaultValue()
          .withDescription(
              "Decay per step of the parameters' moving average, which is what predicts and is "
                  + "published; in [0, 1), 0: the parameters as they are. Unused with several "
                  + "learners, where merging takes its place. Unless set, that of the rule: "
                  + perValue(Rule.values(), LearnerSettings::defaultAveraging)
                  + ".");

  public static final ConfigOption<Integer> BLOCK_LIMIT =
      key("learner.block-limit")
          .intType()
          .defaultValue(DEFAULTS.blockLimit())
          .withDescription(
              "Largest side of a curvature block; larger ones are split along their free axis; "
                  + "at least 1.");

  public static final ConfigOption<Long> SEED =
      key("learner.seed")
          .longType()
          .defaultValue(DEFAULTS.seed())
          .withDescription("Seed of the initial parameters and of the Fisher's sampled labels.");

  public static final ConfigOption<Integer> LEARNERS =
      key("learner.parallelism")
          .intType()
          .defaultValue(1)
          .withDescription(
              "Learners that share the model, each on one partition of the examples' topic, which "
                  + "has as many; at least 1. With more than one, what is learned depends on "
                  + "timing, kafka.bounded must be false, and rule SOAP, protection SI and replay are "
                  + "refused.");

  public static final ConfigOption<Integer> MERGE_INTERVAL =
      key("learner.merge-interval")
          .intType()
          .defaultValue(20)
          .withDescription(
              "Steps from one hand-in of a learner to the next, to be merged with the others'; at "
                  + "least 1. Unused with one learner.");

  public static final ConfigOption<Protection> PROTECTION =
      key("protection.kind")
          .enumType(Protection.class)
          .defaultValue(DEFAULTS.protection())
          .withDescription("What keeps old tasks: " + names(Protection.values()) + ".");

  public static final ConfigOption<Scheme> PROTECTION_SCHEME =
      key("protection.scheme")
          .enumType(Scheme.class)
          .defaultValue(DEFAULTS.protectionScheme())
          .withDescription(
              "Symmetry that the precision is averaged over: "
                  + names(Scheme.values())
                  + ". Used by the protection SYMMETRY only.");

  public static final ConfigOption<Double> STRENGTH =
      key("protection.strength")
          .doubleType()
          .noDefaultValue()
          .withDescription(
              "λ, which multiplies the precision in the proximal step, or, of NCL and OWM, in what is "
                  + "applied to steps; at least 0, unused by NONE and REPLAY. Unless set, "
                  + "that of the kind: "
                  + perValue(Protection.values(), LearnerSettings::defaultStrength)
                  + ".");

  public static final ConfigOption<Double> MEMORY =
      key("protection.memory")
          .doubleType()
          .noDefaultValue()
          .withDescription(
              "κ of the preconditioner that remembers: how much earlier tasks weigh beside the present "
                  + "one in the learning rule's curvature, where its gradients are as large as theirs "
                  + "were; at least 0, and 0 forgets. Unless set, "
                  + LearnerSettings.DEFAULT_MEMORY
                  + " where rule and protection are both SYMMETRY and their schemes are equal, or "
                  + "the protection's is TWO_SIDED and the rule's is not JOINT; 0 elsewhere, where "
                  + "a value above 0 is refused.");

  public static final ConfigOption<Double> RETENTION =
      key("protection.retention")
          .doubleType()
          .defaultValue(DEFAULTS.retention())
          .withDescription("γ: what a consolidation keeps of the precision so far; in (0, 1].");

  public static final ConfigOption<Integer> PULL_INTERVAL =
      key("protection.pull-interval")
          .intType()
          .noDefaultValue()
          .withDescription(
              "Most steps from one proximal step to the next, which counts as that many; at least 1. A "
                  + "task begins with one after each step, and the gap grows with it. Unless set, 8 for the kind SYMMETRY with the scheme TWO_SIDED, 1 otherwise.");

  public static final ConfigOption<Integer> FISHER_INTERVAL =
      key("protection.fisher-interval")
          .intType()
          .noDefaultValue()
          .withDescription(
              "Steps from one Fisher sample to the next; at least 1. Unless set, that of the kind: "
                  + perValue(Protection.values(), LearnerSettings::defaultFisherInterval)
                  + ".");

  public static final ConfigOption<Integer> REPLAY_SIZE =
      key("protection.replay-size")
          .intType()
          .noDefaultValue()
          .withDescription(
              "Examples of the stream that are kept, and from the second task on learned again beside "
                  + "new ones, whatever the kind of protection; at least 0, at least 1 with REPLAY, "
                  + "and 0 with more than one learner. They are in checkpoints and published versions. "
                  + "Unless set, that of the kind: "
                  + countPerValue(Protection.values(), LearnerSettings::defaultReplaySize)
                  + ".");

  public static final ConfigOption<Integer> EVALUATION_CAP =
      key("evaluation.cap")
          .intType()
          .defaultValue(10_000)
          .withDescription(
              "Held-out examples of each task that are kept for evaluation, a seeded sample of those "
                  + "that arrive; at least 1.");

  public static final ConfigOption<Integer> PROGRESS_INTERVAL =
      key("progress.interval")
          .intType()
          .defaultValue(20)
          .withDescription("Steps from one progress record to the next; at least 1.");

  public static final ConfigOption<String> STORE_DIRECTORY =
      key("store.directory")
          .stringType()
          .defaultValue("evergrad-models")
          .withDescription(
              "Directory of the model store, on a file system that every TaskManager shares.");

  public static final ConfigOption<Integer> PUBLISH_INTERVAL =
      key("store.publish-interval")
          .intType()
          .defaultValue(0)
          .withDescription(
              "Steps from one version to the next, besides the one at each end of a task; at "
                  + "least 0, and 0 publishes at ends of tasks only.");

  public static final ConfigOption<String> START_FROM =
      key("store.start-from")
          .stringType()
          .defaultValue("none")
          .withDescription(
              "Version whose parameters, curvature and precision a job begins with that restores "
                  + "no state: none, latest (an empty store is an error), latest-or-none, or a "
                  + "version number.");

  /** Every option, in the order in which they are documented. */
  public static final List<ConfigOption<?>> ALL =
      List.of(
          BOOTSTRAP_SERVERS,
          EXAMPLES_TOPIC,
          DEAD_LETTER_TOPIC,
          METRICS_TOPIC,
          PARAMETERS_TOPIC,
          GROUP,
          KAFKA_PROPERTIES,
          BOUNDED,
          MODEL,
          NETWORK_TYPE,
          NETWORK_CLASS,
          INPUTS,
          HIDDEN,
          CLASSES,
          ACTIVATION,
          CHANNELS,
          HEIGHT,
          WIDTH,
          FILTERS,
          KERNEL,
          STRIDE,
          STEPS,
          CONTEXT,
          VOCABULARY,
          HEADS,
          PERCEPTRON,
          LAYERS,
          NORMALISATION,
          RULE,
          RULE_SCHEME,
          BATCH_SIZE,
          LEARNING_RATE,
          MOMENTUM,
          WEIGHT_DECAY,
          DECAY,
          DAMPING,
          UPDATE_INTERVAL,
          MOMENT_INTERVAL,
          ROOT_RANK,
          INITIAL_BOOST,
          AVERAGING,
          BLOCK_LIMIT,
          SEED,
          LEARNERS,
          MERGE_INTERVAL,
          PROTECTION,
          PROTECTION_SCHEME,
          STRENGTH,
          MEMORY,
          RETENTION,
          FISHER_INTERVAL,
          PULL_INTERVAL,
          REPLAY_SIZE,
          EVALUATION_CAP,
          PROGRESS_INTERVAL,
          STORE_DIRECTORY,
          PUBLISH_INTERVAL,
          START_FROM);

  private EvergradOptions() {}

  private static OptionBuilder key(final String name) {
    return ConfigOptions.key(PREFIX + name);
  }

  private static String names(final Enum<?>[] values) {
    return String.join(", ", Arrays.stream(values).map(Enum::name).toList());
  }

  private static <E extends Enum<E>> String countPerValue(
      final E[] values, final ToIntFunction<E> number) {
    return String.join(
        ", ",
        Arrays.stream(values).map(value -> value.name() + " " + number.applyAsInt(value)).toList());
  }

  private static <E extends Enum<E>> String perValue(
      final E[] values, final ToDoubleFunction<E> number) {
    return String.join(
        ", ",
        Arrays.stream(values)
            .map(value -> value.name() + " " + number.applyAsDouble(value))
            .toList());
  }
}
