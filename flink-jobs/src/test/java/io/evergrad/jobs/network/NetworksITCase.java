/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.network;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.evergrad.curvature.network.NetworkSpec;
import io.evergrad.curvature.symmetry.Symmetry;
import io.evergrad.jobs.TrainingJob;
import io.evergrad.jobs.config.JobConfiguration;
import io.evergrad.jobs.embedded.EmbeddedKafka;
import io.evergrad.jobs.observe.Topics;
import io.evergrad.operators.evaluation.AccuracyMatrix;
import io.evergrad.operators.metrics.Evaluation;
import io.evergrad.operators.wire.Example;
import io.evergrad.operators.wire.StreamRecord;
import io.evergrad.store.LocalModelStore;
import io.evergrad.store.Manifest;
import io.evergrad.store.ModelContent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every kind of network by YAML, through Kafka, Flink and the store: it learns, is published with
 * its symmetry, and goes on from its version to the same bits as a job that never stopped.
 */
class NetworksITCase {
  private static final String MODEL = "m";
  private static final int EXAMPLES = 400;
  private static final int HELD_OUT = 50;

  @TempDir private Path directory;

  static Stream<Arguments> networks() {
    return Stream.of(
        Arguments.of(
            "{type: convolutional, channels: 1, height: 3, width: 4, filters: [4], kernel: 3, "
                + "stride: 2, classes: 3}",
            "convolutional 1x3x4 filters 4 kernel 3 stride 2 classes 3 relu"),
        Arguments.of(
            "{type: recurrent, steps: 3, width: 4, hidden: [6], classes: 3, activation: tanh}",
            "recurrent 3x4 hidden 6 classes 3 tanh"),
        Arguments.of(
            "{type: transformer, context: 5, vocabulary: 6, width: 8, heads: 2, perceptron: 12, "
                + "layers: 1, normalisation: rms}",
            "transformer context 5 vocabulary 6 width 8 heads 2 hidden 12 layers 1 rms-norm"),
        Arguments.of("{class: " + OwnNetwork.class.getName() + "}", "own 6-8-3 mish"));
  }

  @ParameterizedTest
  @MethodSource("networks")
  void learnsIsPublishedAndGoesOn(final String network, final String text) throws Exception {
    try (EmbeddedKafka kafka = EmbeddedKafka.start(directory.resolve("kafka"))) {
      final JobConfiguration whole = job(kafka, network, "both", "whole", "none");
      final NetworkSpec spec = whole.learner().network();
      final List<byte[]> first = task(spec, "t1", 1);
      final List<byte[]> second = task(spec, "t2", 2);
      final Topics topics = new Topics(kafka.bootstrapServers());
      topics.send("both", first);
      topics.send("both", second);
      TrainingJob.run(whole);

      final JobConfiguration one = job(kafka, network, "first", "parts", "latest-or-none");
      topics.send("first", first);
      TrainingJob.run(one);
      final JobConfiguration other = job(kafka, network, "second", "parts", "latest");
      topics.send("second", second);
      TrainingJob.run(other);

      final ModelContent stored = latest("whole");
      requireManifest(stored.manifest(), spec, text);
      requireLearned(topics.evaluations("both-metrics"), spec);
      assertThat(topics.read("both-dlq")).hasSize(2);
      assertThat(latest("parts").weights()).isEqualTo(stored.weights());
      assertThat(latest("parts").preconditioner()).isEqualTo(stored.preconditioner());
      assertThat(latest("parts").precision()).isEqualTo(stored.precision());
    }
  }

  private static void requireManifest(
      final Manifest manifest, final NetworkSpec spec, final String text) {
    assertThat(manifest.network()).isEqualTo(text);
    assertThat(manifest.progress().tasks()).isEqualTo(2);
    assertThat(manifest.progress().examples()).isEqualTo(2 * EXAMPLES);
    assertThat(Symmetry.parse(manifest.symmetry())).isEqualTo(spec.network().symmetry());
    assertThat(manifest.symmetry()).anySatisfy((key, value) -> assertThat(key).contains("group."));
  }

  private static void requireLearned(final AccuracyMatrix matrix, final NetworkSpec spec) {
    assertThat(matrix.rows()).containsExactly("t1", "t2");
    assertThat(matrix.evaluations())
        .hasSize(3)
        .allSatisfy(
            evaluation -> {
              assertThat(evaluation.examples()).isEqualTo(HELD_OUT);
              assertThat(evaluation.predictions()).isEqualTo((long) HELD_OUT * spec.predictions());
            });
    final Evaluation learned = matrix.evaluations().get(0);
    assertThat(learned.accuracy()).as("at chance " + 1.0 / spec.classes()).isGreaterThan(0.8);
    assertThat(learned.loss()).isPositive().isLessThan(0.7 * Math.log(spec.classes()));
  }

  /** Held-out examples, examples to learn, one that can be neither, and the end. */
  private static List<byte[]> task(final NetworkSpec spec, final String task, final int seed) {
    final Random random = new Random(seed);
    final List<byte[]> records = new ArrayList<>();
    for (int i = 0; i < HELD_OUT + EXAMPLES; i++) {
      final boolean heldOut = i < HELD_OUT;
      records.add(
          spec.tokens()
              ? text(spec, task, heldOut, random)
              : image(spec, task, heldOut, random).toByteArray());
    }
    records.add(
        (spec.tokens()
                ? "{\"features\":[0,1,2,3,4," + spec.classes() + "]}"
                : "{\"features\":[1],\"label\":0}")
            .getBytes(StandardCharsets.UTF_8));
    records.add("{\"task_end\":true}".getBytes(StandardCharsets.UTF_8));
    return records;
  }

  /** Noise, and light on every pixel of the label's column. */
  private static StreamRecord image(
      final NetworkSpec spec, final String task, final boolean heldOut, final Random random) {
    final byte[] pixels = new byte[spec.inputs()];
    final int label = random.nextInt(spec.classes());
    final int columns = spec.inputs() % 4 == 0 ? 4 : 3;
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (random.nextInt(100) + (i % columns == label ? 150 : 0));
    }
    return StreamRecord.newBuilder()
        .setTask(task)
        .setExample(
            Example.newBuilder()
                .setUint8(ByteString.copyFrom(pixels))
                .setLabel(label)
                .setHeldOut(heldOut))
        .build();
  }

  /** Counts on from any token, as JSON without a label. */
  private static byte[] text(
      final NetworkSpec spec, final String task, final boolean heldOut, final Random random) {
    final int start = random.nextInt(spec.classes());
    final List<Integer> tokens = new ArrayList<>();
    for (int i = 0; i < spec.inputs(); i++) {
      tokens.add((start + i) % spec.classes());
    }
    return "{\"task\":\"%s\",\"features\":%s,\"held_out\":%s}"
        .formatted(task, tokens, heldOut)
        .getBytes(StandardCharsets.UTF_8);
  }

  private JobConfiguration job(
      final EmbeddedKafka kafka,
      final String network,
      final String examples,
      final String store,
      final String startFrom)
      throws Exception {
    for (final String topic : List.of(examples, examples + "-metrics", examples + "-dlq")) {
      kafka.createTopic(topic, 1, Map.of());
    }
    final Path yaml =
        Files.writeString(
            directory.resolve(examples + ".yaml"),
            """
            evergrad:
              kafka:
                bootstrap-servers: "%1$s"
                topic: {examples: %3$s, metrics: %3$s-metrics, dead-letter: %3$s-dlq}
                bounded: true
              model.name: %2$s
              network: %4$s
              learner: {batch-size: 8, learning-rate: 0.02, seed: 5}
              store: {directory: "%5$s", start-from: %6$s}
            parallelism.default: 1
            execution.checkpointing.dir: "%7$s"
            execution.checkpointing.storage: filesystem
            """
                .formatted(
                    kafka.bootstrapServers(),
                    MODEL,
                    examples,
                    network,
                    directory.resolve(store),
                    startFrom,
                    directory.resolve("checkpoints").toUri()));
    return JobConfiguration.load(yaml, new TreeMap<>());
  }

  private ModelContent latest(final String store) throws Exception {
    return new LocalModelStore(directory.resolve(store)).latest(MODEL).content();
  }
}
