/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.pipeline;

import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.learning.LearnerSnapshot;
import io.evergrad.operators.consolidation.Consolidator;
import io.evergrad.operators.consolidation.MergeOperator;
import io.evergrad.operators.consolidation.MergerOptions;
import io.evergrad.operators.consolidation.Round;
import io.evergrad.operators.consolidation.RoundFormat;
import io.evergrad.operators.decode.BadRecord;
import io.evergrad.operators.decode.DeadLetterSerializer;
import io.evergrad.operators.decode.DecodeFunction;
import io.evergrad.operators.decode.Decoded;
import io.evergrad.operators.decode.DecodedFormat;
import io.evergrad.operators.evaluation.Evaluator;
import io.evergrad.operators.evaluation.EvaluatorOptions;
import io.evergrad.operators.learner.Contribution;
import io.evergrad.operators.learner.LearnerOperator;
import io.evergrad.operators.learner.LearnerOptions;
import io.evergrad.operators.learner.MergedModel;
import io.evergrad.operators.learner.MergedModelDeserializer;
import io.evergrad.operators.learner.MergedModelSerializer;
import io.evergrad.operators.learner.ModelUpdate;
import io.evergrad.operators.learner.ModelUpdateFormat;
import io.evergrad.operators.learner.ReplicaOperator;
import io.evergrad.operators.metrics.Metric;
import io.evergrad.operators.metrics.MetricFormat;
import io.evergrad.operators.metrics.MetricSerializer;
import io.evergrad.operators.publication.StartingVersion;
import io.evergrad.operators.publication.VersionSink;
import io.evergrad.operators.state.FormatTypeInfo;
import io.evergrad.operators.wire.RawRecord;
import io.evergrad.operators.wire.RawRecordDeserializer;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.function.SerializableSupplier;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.kafka.clients.producer.ProducerConfig;

/**
 * The whole job: examples from Kafka to versions in the model store, evaluations and progress in
 * the metrics topic, refused records in the dead-letter topic.
 *
 * <p>Source, decoding and learner run in one chain at parallelism 1, so that a one-partition topic
 * is learned in its order. With several learners each has a partition, and what they learn is
 * merged and comes back through the parameters topic. Versions appear at checkpoints: without
 * checkpointing none does. Both Kafka sinks are at-least-once: after a failure, records of the
 * replayed part come again.
 */
public final class TrainingPipeline {
  /** A record that Kafka let into one topic must fit into the other with its new headers. */
  private static final int LARGEST_REQUEST = 1 << 24;

  /** The largest record of the parameters topic, in bytes. */
  public static final int LARGEST_MODEL = 1 << 26;

  /** Kafka's own default. */
  private static final int SMALLEST_BUFFER = 1 << 25;

  private final TrainingSettings settings;

  /** The job of some settings. */
  public TrainingPipeline(final TrainingSettings settings) {
    this.settings = Objects.requireNonNull(settings, "settings");
  }

  /** Adds the job to an environment; checkpointing and the like are the caller's. */
  public void addTo(final StreamExecutionEnvironment environment) {
    final DataStream<RawRecord> records =
        environment
            .fromSource(source(), WatermarkStrategy.noWatermarks(), "Examples")
            .uid("examples")
            .setParallelism(settings.learners());
    final Sink<BadRecord> deadLetters =
        sink(new DeadLetterSerializer(settings.deadLetterTopic()), LARGEST_REQUEST);
    final Sink<Metric> metrics =
        sink(new MetricSerializer(settings.metricsTopic()), LARGEST_REQUEST);
    if (settings.learners() == 1) {
      connect(records, deadLetters, metrics);
    } else {
      connect(
          records,
          environment
              .fromSource(parameters(), WatermarkStrategy.noWatermarks(), "Parameters")
              .uid("parameters")
              .setParallelism(1),
          sink(new MergedModelSerializer(settings.parametersTopic()), LARGEST_MODEL),
          deadLetters,
          metrics);
    }
  }

  /** The job of one learner between its ends. */
  void connect(
      final DataStream<RawRecord> records,
      final Sink<BadRecord> deadLetters,
      final Sink<Metric> metrics) {
    final SingleOutputStreamOperator<Decoded> decoded = decoded(records);
    final SingleOutputStreamOperator<ModelUpdate> updates = learned(decoded);
    finish(decoded, updates, updates, deadLetters, metrics);
  }

  /** The job of several learners between its ends. */
  void connect(
      final DataStream<RawRecord> records,
      final DataStream<MergedModel> parameters,
      final Sink<MergedModel> merged,
      final Sink<BadRecord> deadLetters,
      final Sink<Metric> metrics) {
    final SingleOutputStreamOperator<Decoded> decoded = decoded(records);
    final SingleOutputStreamOperator<Contribution> learners = learned(decoded, parameters);
    final SingleOutputStreamOperator<ModelUpdate> updates = merged(learners);
    updates
        .getSideOutput(MergeOperator.MERGED)
        .sinkTo(merged)
        .name("Merged models")
        .uid("merged-models")
        .setParallelism(1);
    finish(decoded, learners, updates, deadLetters, metrics);
  }

  /**
   * @param learners what tells progress and held-out examples
   */
  private void finish(
      final SingleOutputStreamOperator<Decoded> decoded,
      final SingleOutputStreamOperator<?> learners,
      final SingleOutputStreamOperator<ModelUpdate> updates,
      final Sink<BadRecord> deadLetters,
      final Sink<Metric> metrics) {
    final SingleOutputStreamOperator<Round> rounds = consolidated(updates);
    rounds
        .sinkTo(new VersionSink(settings.storeRoot(), settings.model(), settings.learner()))
        .name("Versions")
        .uid("versions")
        .setParallelism(1);
    decoded
        .getSideOutput(DecodeFunction.BAD_RECORDS)
        .sinkTo(deadLetters)
        .name("DLQ")
        .uid("dead-letters")
        .setParallelism(1);
    learners
        .getSideOutput(LearnerOperator.PROGRESS)
        .union(evaluated(learners, rounds))
        .sinkTo(metrics)
        .name("Metrics")
        .uid("metrics")
        .setParallelism(1);
  }

  private SingleOutputStreamOperator<Decoded> decoded(final DataStream<RawRecord> records) {
    return records
        .process(
            new DecodeFunction(settings.learner().network()),
            new FormatTypeInfo<>(Decoded.class, new DecodedFormat()))
        .name("Decode")
        .uid("decode")
        .setParallelism(settings.learners());
  }

  private SingleOutputStreamOperator<ModelUpdate> learned(final DataStream<Decoded> decoded) {
    final LearnerOptions options =
        new LearnerOptions(
            settings.model(),
            settings.learner(),
            settings.progressInterval(),
            settings.publishInterval());
    return decoded
        .transform(
            "Learner",
            new FormatTypeInfo<>(ModelUpdate.class, new ModelUpdateFormat()),
            new LearnerOperator(options, start()))
        .uid("learner")
        .forceNonParallel();
  }

  private SingleOutputStreamOperator<Contribution> learned(
      final DataStream<Decoded> decoded, final DataStream<MergedModel> parameters) {
    final LearnerOptions options =
        new LearnerOptions(settings.model(), settings.learner(), settings.progressInterval(), 0);
    return decoded
        .connect(parameters.broadcast())
        .transform(
            "Learners",
            ReplicaOperator.OUTPUT,
            new ReplicaOperator(options, settings.mergeInterval(), start()))
        .uid("learners")
        .setParallelism(settings.learners());
  }

  private SingleOutputStreamOperator<ModelUpdate> merged(
      final DataStream<Contribution> contributions) {
    final MergerOptions options =
        new MergerOptions(
            settings.model(),
            settings.learner(),
            settings.learners(),
            settings.mergeInterval(),
            settings.publishInterval());
    return contributions
        .transform(
            "Merger",
            new FormatTypeInfo<>(ModelUpdate.class, new ModelUpdateFormat()),
            new MergeOperator(options, start()))
        .uid("merger")
        .forceNonParallel();
  }

  private SerializableSupplier<Optional<LearnerSnapshot>> start() {
    final StartingVersion version = settings.startingVersion();
    final String root = settings.storeRoot();
    final String model = settings.model();
    final LearnerSettings learner = settings.learner();
    return () -> version.read(root, model, learner);
  }

  private static SingleOutputStreamOperator<Round> consolidated(
      final DataStream<ModelUpdate> updates) {
    return updates
        .keyBy(ModelUpdate::model, Types.STRING)
        .process(new Consolidator(), new FormatTypeInfo<>(Round.class, new RoundFormat()))
        .name("Consolidator")
        .uid("consolidator")
        .setParallelism(1);
  }

  private DataStream<Metric> evaluated(
      final SingleOutputStreamOperator<?> learners,
      final SingleOutputStreamOperator<Round> rounds) {
    final EvaluatorOptions options =
        new EvaluatorOptions(
            settings.learner().network(),
            settings.heldOutLimit(),
            settings.evaluationBatchSize(),
            settings.learner().seed());
    return learners
        .getSideOutput(LearnerOperator.HELD_OUT)
        .connect(rounds.getSideOutput(Consolidator.EVALUATIONS))
        .transform(
            "Evaluator",
            new FormatTypeInfo<>(Metric.class, new MetricFormat()),
            new Evaluator(options))
        .uid("evaluator")
        .forceNonParallel();
  }

  private KafkaSource<RawRecord> source() {
    final KafkaSourceBuilder<RawRecord> builder =
        KafkaSource.<RawRecord>builder()
            .setBootstrapServers(settings.bootstrapServers())
            .setGroupId(settings.group())
            .setClientIdPrefix(settings.group())
            .setStartingOffsets(startingOffsets())
            .setDeserializer(new RawRecordDeserializer())
            .setProperties(kafkaProperties());
    if (settings.learners() == 1) {
      builder.setTopics(settings.examplesTopic());
    } else {
      builder.setKafkaSubscriber(
          new PartitionPerLearner(settings.examplesTopic(), settings.learners()));
    }
    if (settings.bounded()) {
      builder.setBounded(OffsetsInitializer.latest());
    }
    return builder.build();
  }

  /** Merged models from now on: earlier ones are of other runs. */
  private KafkaSource<MergedModel> parameters() {
    return KafkaSource.<MergedModel>builder()
        .setBootstrapServers(settings.bootstrapServers())
        .setTopics(settings.parametersTopic())
        .setGroupId(settings.group() + "-parameters")
        .setClientIdPrefix(settings.group() + "-parameters")
        .setStartingOffsets(OffsetsInitializer.latest())
        .setDeserializer(new MergedModelDeserializer(settings.model()))
        .setProperties(kafkaProperties())
        .build();
  }

  /** Where the consumer group has committed; at the earliest record without that. */
  @SuppressWarnings("deprecation") // The connector takes what Kafka's clients have deprecated.
  private static OffsetsInitializer startingOffsets() {
    return OffsetsInitializer.committedOffsets(OffsetResetStrategy.EARLIEST);
  }

  private <T> KafkaSink<T> sink(
      final KafkaRecordSerializationSchema<T> serializer, final int largestRequest) {
    return KafkaSink.<T>builder()
        .setBootstrapServers(settings.bootstrapServers())
        .setProperty(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Integer.toString(largestRequest))
        .setProperty(
            ProducerConfig.BUFFER_MEMORY_CONFIG,
            Integer.toString(Math.max(SMALLEST_BUFFER, largestRequest)))
        .setKafkaProducerConfig(kafkaProperties())
        .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
        .setRecordSerializer(serializer)
        .build();
  }

  private Properties kafkaProperties() {
    final Properties properties = new Properties();
    properties.putAll(settings.kafkaProperties());
    return properties;
  }
}
