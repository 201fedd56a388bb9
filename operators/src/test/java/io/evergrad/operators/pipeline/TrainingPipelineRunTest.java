/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.ConvolutionalSpec;
import io.evergrad.curvature.network.MlpSpec;
import io.evergrad.curvature.network.NetworkSpec;
import io.evergrad.curvature.network.Normalisation;
import io.evergrad.curvature.network.RecurrentSpec;
import io.evergrad.curvature.network.TransformerSpec;
import io.evergrad.operators.decode.BadRecord;
import io.evergrad.operators.evaluation.AccuracyMatrix;
import io.evergrad.operators.metrics.Evaluation;
import io.evergrad.operators.metrics.Metric;
import io.evergrad.operators.state.FormatTypeInfo;
import io.evergrad.operators.wire.Example;
import io.evergrad.operators.wire.Position;
import io.evergrad.operators.wire.RawRecord;
import io.evergrad.operators.wire.RawRecordFormat;
import io.evergrad.operators.wire.StreamRecord;
import io.evergrad.operators.wire.TaskEnd;
import io.evergrad.store.LocalModelStore;
import io.evergrad.store.ModelContent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs the whole pipeline in a Flink cluster inside the JVM, with lists in the place of Kafka. */
final class TrainingPipelineRunTest {
  private static final NetworkSpec MLP = new MlpSpec(6, List.of(5), 3, Activation.RELU);
  private static final NetworkSpec TRANSFORMER =
      new TransformerSpec(5, 7, 4, 2, 5, 1, Normalisation.RMS);
  private static final TypeInformation<RawRecord> RAW =
      new FormatTypeInfo<>(RawRecord.class, new RawRecordFormat());
  private static final int BAD = 7;

  @TempDir private Path directory;

  static Stream<NetworkSpec> networks() {
    return Stream.of(
        MLP,
        new ConvolutionalSpec(2, 3, 1, List.of(4), 3, 2, 3, Activation.RELU),
        new RecurrentSpec(3, 2, List.of(4), 3, Activation.TANH),
        TRANSFORMER);
  }

  @ParameterizedTest
  @MethodSource("networks")
  void aFailedJobEndsWithTheSameBitsAsOneThatDidNotFail(final NetworkSpec network)
      throws Exception {
    final Outcome whole = run(network, "whole", -1);
    final Outcome failed = run(network, "failed", 300);

    assertThat(whole.failures()).isZero();
    assertThat(failed.failures()).isEqualTo(1);
    assertThat(whole.versions()).hasSize(3);
    assertThat(failed.versions()).hasSameSizeAs(whole.versions());
    for (int i = 0; i < whole.versions().size(); i++) {
      final ModelContent expected = whole.versions().get(i);
      final ModelContent found = failed.versions().get(i);
      assertThat(found.weights()).isEqualTo(expected.weights());
      assertThat(found.preconditioner()).isEqualTo(expected.preconditioner());
      assertThat(found.precision()).isEqualTo(expected.precision());
      assertThat(found.manifest().offsets()).isEqualTo(expected.manifest().offsets());
      assertThat(found.manifest().progress()).isEqualTo(expected.manifest().progress());
    }
    assertThat(failed.matrix().evaluations()).isEqualTo(whole.matrix().evaluations());
  }

  @Test
  void everythingGoesWhereItShould() throws Exception {
    final Outcome outcome = run(MLP, "one", -1);

    assertThat(outcome.matrix().tasks()).containsExactly("t0", "t1", "t2");
    assertThat(outcome.matrix().evaluations())
        .extracting(Evaluation::examples)
        .as("the next task's held-out examples come before the first one that is learned")
        .containsOnly(20L)
        .hasSize(2 + 3 + 3);
    assertThat(outcome.bad()).hasSize(BAD);
    assertThat(outcome.versions().get(2).manifest().progress().examples()).isEqualTo(450);
    assertThat(outcome.versions().get(2).manifest().progress().tasks()).isEqualTo(3);
    assertThat(outcome.versions().get(2).manifest().offsets())
        .containsExactly(Map.entry("examples-0", (long) records(MLP).size()));
  }

  @Test
  void aLanguageModelIsJudgedByItsPredictions() throws Exception {
    final Outcome outcome = run(TRANSFORMER, "texts", -1);

    assertThat(outcome.matrix().evaluations())
        .allSatisfy(
            evaluation -> {
              assertThat(evaluation.examples()).isEqualTo(20);
              assertThat(evaluation.predictions()).isEqualTo(100);
              assertThat(evaluation.loss()).isBetween(0.5 * Math.log(7), 2 * Math.log(7));
              assertThat(evaluation.accuracy()).isBetween(0.0, 0.5);
            });
    assertThat(outcome.bad()).hasSize(BAD);
  }

  /** The same examples, each with its label and the next class as candidates. */
  @Test
  void anExampleIsLearnedAndJudgedAmongItsCandidates() throws Exception {
    final List<RawRecord> some = new ArrayList<>();
    for (final RawRecord record : records(MLP)) {
      some.add(raw(record.position().offset(), withCandidates(record.value())));
    }
    final Outcome restricted = run(MLP, some, "restricted", -1);
    final Outcome failed = run(MLP, some, "restricted-failed", 300);
    final Outcome free = run(MLP, "free", -1);

    assertThat(restricted.bad()).hasSize(BAD);
    assertThat(restricted.matrix().averageAccuracy())
        .as("one of two classes instead of one of three")
        .isGreaterThan(free.matrix().averageAccuracy());
    assertThat(failed.failures()).isEqualTo(1);
    assertThat(failed.matrix().evaluations()).isEqualTo(restricted.matrix().evaluations());
    assertThat(failed.versions().get(2).weights())
        .isEqualTo(restricted.versions().get(2).weights())
        .isNotEqualTo(free.versions().get(2).weights());
  }

  private static byte[] withCandidates(final byte[] value) throws IOException {
    final StreamRecord record;
    try {
      record = StreamRecord.parseFrom(value);
    } catch (final InvalidProtocolBufferException e) {
      return value;
    }
    if (!record.hasExample()) {
      return value;
    }
    final int label = record.getExample().getLabel();
    return record.toBuilder()
        .setExample(
            record.getExample().toBuilder().addCandidates(label).addCandidates((label + 1) % 3))
        .build()
        .toByteArray();
  }

  private record Outcome(
      List<ModelContent> versions, AccuracyMatrix matrix, List<BadRecord> bad, int failures) {}

  private Outcome run(final NetworkSpec network, final String name, final int failAt)
      throws Exception {
    return run(network, records(network), name, failAt);
  }

  private Outcome run(
      final NetworkSpec network, final List<RawRecord> records, final String name, final int failAt)
      throws Exception {
    final LearnerSettings learner =
        LearnerSettings.builder(network).batchSize(8).updateInterval(2).seed(3).build();
    final Path root = directory.resolve(name);
    final StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.createLocalEnvironment(1, configuration());
    final Sunk<BadRecord> bad = new Sunk<>(root + "/bad");
    final Sunk<Metric> metrics = new Sunk<>(root + "/metrics");
    FailOnce.FAILURES.put(name, 0);
    new TrainingPipeline(
            TrainingSettings.builder("unused:1", "m", learner, root.toString())
                .progressInterval(5)
                .build())
        .connect(
            environment
                .fromData(RAW, records.toArray(RawRecord[]::new))
                .uid("records")
                .map(new FailOnce(name, failAt), RAW)
                .uid("fail-once"),
            bad,
            metrics);
    environment.execute();

    final LocalModelStore store = new LocalModelStore(root);
    final List<ModelContent> versions = new ArrayList<>();
    for (final long number : store.numbers("m")) {
      versions.add(store.read("m", number).content());
    }
    assertThat(store.staged("m")).isEmpty();
    return new Outcome(
        versions,
        AccuracyMatrix.of(
            metrics.values().stream()
                .filter(Evaluation.class::isInstance)
                .map(Evaluation.class::cast)
                .toList()),
        bad.values(),
        FailOnce.FAILURES.get(name));
  }

  private static Configuration configuration() {
    final Configuration configuration = new Configuration();
    configuration.set(PipelineOptions.GENERIC_TYPES, false);
    configuration.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(50));
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 2);
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(10));
    return configuration;
  }

  private static List<RawRecord> records(final NetworkSpec network) {
    final Random random = new Random(17);
    final List<RawRecord> records = new ArrayList<>();
    for (int task = 0; task < 3; task++) {
      for (int i = 0; i < 20; i++) {
        records.add(raw(records.size(), example(network, "t" + task, true, random)));
      }
      for (int i = 0; i < 150; i++) {
        records.add(raw(records.size(), example(network, "t" + task, false, random)));
      }
    }
    for (int i = 0; i < BAD; i++) {
      final byte[] bad = ("bad " + i).getBytes(StandardCharsets.UTF_8);
      records.add(raw(records.size(), bad));
    }
    records.add(
        raw(
            records.size(),
            StreamRecord.newBuilder()
                .setTaskEnd(TaskEnd.getDefaultInstance())
                .build()
                .toByteArray()));
    return records;
  }

  private static byte[] example(
      final NetworkSpec network, final String task, final boolean heldOut, final Random random) {
    final byte[] features = new byte[network.inputs()];
    random.nextBytes(features);
    for (int i = 0; network.tokens() && i < features.length; i++) {
      features[i] = (byte) Math.floorMod(features[i], network.classes());
    }
    return StreamRecord.newBuilder()
        .setTask(task)
        .setExample(
            Example.newBuilder()
                .addShape(features.length)
                .setUint8(ByteString.copyFrom(features))
                .setLabel(random.nextInt(network.classes()))
                .setHeldOut(heldOut))
        .build()
        .toByteArray();
  }

  private static RawRecord raw(final long offset, final byte[] value) {
    return new RawRecord(new Position("examples", 0, offset), 0, null, value, List.of());
  }

  /** Slows the stream down, and fails once at a record when a checkpoint is complete. */
  private static final class FailOnce extends RichMapFunction<RawRecord, RawRecord>
      implements CheckpointListener {
    private static final long serialVersionUID = 1L;
    private static final Map<String, Integer> FAILURES = new ConcurrentHashMap<>();

    private final String name;
    private final int failAt;
    private boolean checkpointed;

    FailOnce(final String name, final int failAt) {
      this.name = name;
      this.failAt = failAt;
    }

    @Override
    public RawRecord map(final RawRecord record) throws Exception {
      if (failAt >= 0) {
        Thread.sleep(1);
        if (record.position().offset() >= failAt && checkpointed && FAILURES.get(name) == 0) {
          FAILURES.put(name, 1);
          throw new IllegalStateException("failed on purpose at " + record.position());
        }
      }
      return record;
    }

    @Override
    public void notifyCheckpointComplete(final long checkpoint) {
      checkpointed = true;
    }
  }

  /** Keeps what it is given in the memory of this JVM. */
  private static final class Sunk<T> implements Sink<T> {
    private static final long serialVersionUID = 1L;
    private static final Map<String, Queue<Object>> VALUES = new ConcurrentHashMap<>();

    private final String name;

    Sunk(final String name) {
      this.name = name;
      VALUES.put(name, new ConcurrentLinkedQueue<>());
    }

    @SuppressWarnings("unchecked")
    List<T> values() {
      return VALUES.get(name).stream().map(value -> (T) value).toList();
    }

    @Override
    public SinkWriter<T> createWriter(final WriterInitContext context) {
      return new SinkWriter<>() {
        @Override
        public void write(final T value, final Context c) {
          VALUES.get(name).add(value);
        }

        @Override
        public void flush(final boolean endOfInput) {}

        @Override
        public void close() {}
      };
    }
  }
}
