/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evergrad.curvature.learning.Averages;
import io.evergrad.curvature.learning.HostTensor;
import io.evergrad.curvature.learning.HostTensor.ElementType;
import io.evergrad.curvature.learning.LearnerSnapshot;
import io.evergrad.curvature.learning.Share;
import io.evergrad.curvature.learning.TaskEvidence;
import io.evergrad.curvature.network.Candidates;
import io.evergrad.operators.consolidation.EvaluationRequest;
import io.evergrad.operators.consolidation.EvaluationRequestFormat;
import io.evergrad.operators.consolidation.Round;
import io.evergrad.operators.consolidation.RoundFormat;
import io.evergrad.operators.decode.BadRecord;
import io.evergrad.operators.decode.BadRecordFormat;
import io.evergrad.operators.decode.DecodedFormat;
import io.evergrad.operators.decode.Example;
import io.evergrad.operators.decode.ExampleFormat;
import io.evergrad.operators.decode.Features;
import io.evergrad.operators.decode.TaskEnd;
import io.evergrad.operators.learner.Contribution;
import io.evergrad.operators.learner.ContributionFormat;
import io.evergrad.operators.learner.LearnerCounts;
import io.evergrad.operators.learner.LearnerState;
import io.evergrad.operators.learner.MergedModel;
import io.evergrad.operators.learner.MergedModelFormat;
import io.evergrad.operators.learner.ModelUpdate;
import io.evergrad.operators.learner.ModelUpdateFormat;
import io.evergrad.operators.learner.ReplicaState;
import io.evergrad.operators.learner.ReplicaState.HandIn;
import io.evergrad.operators.learner.ReplicaStateFormat;
import io.evergrad.operators.metrics.Evaluation;
import io.evergrad.operators.metrics.MetricFormat;
import io.evergrad.operators.metrics.Progress;
import io.evergrad.operators.state.Format;
import io.evergrad.operators.state.FormatTypeInfo;
import io.evergrad.operators.wire.Position;
import io.evergrad.operators.wire.RawRecord;
import io.evergrad.operators.wire.RawRecord.RawHeader;
import io.evergrad.operators.wire.RawRecordFormat;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every value that crosses from one operator to another, through Flink's serialisation. */
final class FormatsTest {
  private static final Position POSITION = new Position("examples", 2, 1L << 40);
  private static final SortedMap<String, HostTensor> TENSORS =
      new TreeMap<>(
          Map.of(
              "layer1.bias",
              new HostTensor(
                  ElementType.FLOAT32, new long[] {2}, new byte[] {1, 2, 3, 4, 5, 6, 7, 8}),
              "scalar",
              new HostTensor(ElementType.FLOAT64, new long[0], new byte[8])));
  private static final ModelUpdate UPDATE =
      new ModelUpdate(
          "m",
          "t",
          true,
          3,
          new TreeMap<>(Map.of("t", 5L)),
          new TreeMap<>(Map.of("examples-0", 9L)),
          new LearnerSnapshot(1, 2, 3, 4, TENSORS, new TreeMap<>(), TENSORS));

  static Stream<Arguments> values() {
    final RawRecord raw =
        new RawRecord(
            POSITION,
            -1,
            new byte[] {1},
            new byte[] {2, 3},
            List.of(new RawHeader("h", new byte[] {4}), new RawHeader("h", null)));
    final RawRecord empty = new RawRecord(POSITION, 5, null, null, List.of());
    final Example example = new Example(POSITION, "t", Features.of(1, -2), 7, true);
    final Example bytes =
        new Example(
            POSITION, "", new Features(Features.Encoding.UINT8, new byte[] {-1, 0}), 0, false);
    final Example restricted =
        new Example(POSITION, "", Features.of(1, -2), 7, Candidates.of(7, 65), false);
    final Example tokens =
        new Example(
            POSITION, "", new Features(Features.Encoding.TOKEN8, new byte[] {-1, 0}), 0, false);
    final Averages averages = new Averages(9, TENSORS);
    final Contribution contribution =
        new Contribution(
            1,
            "t",
            Optional.of(new Share(2, 3, TENSORS, averages)),
            Optional.of(new TaskEvidence(4, 5, TENSORS)),
            new LearnerCounts(6, UPDATE.heldOut(), UPDATE.offsets()));
    return Stream.of(
        Arguments.of(new RawRecordFormat(), raw),
        Arguments.of(new RawRecordFormat(), empty),
        Arguments.of(new BadRecordFormat(), new BadRecord(raw, BadRecord.Reason.LABEL, "why")),
        Arguments.of(new DecodedFormat(), example),
        Arguments.of(new DecodedFormat(), bytes),
        Arguments.of(new DecodedFormat(), tokens),
        Arguments.of(new DecodedFormat(), restricted),
        Arguments.of(new DecodedFormat(), new TaskEnd(POSITION, "t")),
        Arguments.of(new ExampleFormat(), example),
        Arguments.of(new ModelUpdateFormat(), UPDATE),
        Arguments.of(new ContributionFormat(), contribution),
        Arguments.of(
            new ContributionFormat(),
            new Contribution(0, "t", Optional.empty(), Optional.empty(), LearnerCounts.NONE)),
        Arguments.of(
            new MergedModelFormat(),
            new MergedModel(
                "m", "run", 3, 4, 5, List.of(1L, 2L), List.of(0L, 1L), TENSORS, averages, TENSORS)),
        Arguments.of(
            new ReplicaStateFormat(),
            new ReplicaState(
                LearnerState.at(UPDATE.snapshot()),
                1,
                2,
                TENSORS,
                3,
                new TreeMap<>(Map.of(3L, new HandIn(1, 2, TENSORS))),
                4,
                5,
                6,
                7,
                8)),
        Arguments.of(new RoundFormat(), new Round(12, UPDATE)),
        Arguments.of(
            new EvaluationRequestFormat(),
            new EvaluationRequest("m", "t", 3, UPDATE.heldOut(), TENSORS)),
        Arguments.of(new MetricFormat(), new Progress("m", "t", 1, 2, 0.1, 0.2, 3)),
        Arguments.of(new MetricFormat(), new Evaluation("m", "a", 1, "t", 1, 2, 6, 0.5)));
  }

  @ParameterizedTest
  @MethodSource("values")
  void valuesCrossOperatorsUnchanged(final Format<Object> format, final Object value)
      throws IOException {
    final TypeSerializer<Object> serializer = restored(serializer(format));
    final DataOutputSerializer out = new DataOutputSerializer(64);
    serializer.serialize(value, out);
    serializer.serialize(value, out);
    final DataOutputSerializer copied = new DataOutputSerializer(64);
    final DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
    serializer.copy(in, copied);
    serializer.copy(in, copied);
    final DataInputDeserializer twice = new DataInputDeserializer(copied.getCopyOfBuffer());

    assertThat(serializer.deserialize(twice)).usingRecursiveComparison().isEqualTo(value);
    assertThat(serializer.deserialize(twice)).usingRecursiveComparison().isEqualTo(value);
    assertThat(twice.available()).isZero();
  }

  @ParameterizedTest
  @MethodSource("values")
  void otherVersionsAreRefused(final Format<Object> format, final Object value) {
    assertThatThrownBy(() -> format.deserialize(format.getVersion() + 1, format.serialize(value)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(format.getClass().getSimpleName());
  }

  private static TypeSerializer<Object> serializer(final Format<Object> format) {
    return new FormatTypeInfo<>(Object.class, format).createSerializer(new SerializerConfigImpl());
  }

  /** The serialiser as a checkpoint would bring it back. */
  private static TypeSerializer<Object> restored(final TypeSerializer<Object> serializer)
      throws IOException {
    final DataOutputSerializer out = new DataOutputSerializer(64);
    TypeSerializerSnapshot.writeVersionedSnapshot(out, serializer.snapshotConfiguration());
    final TypeSerializerSnapshot<Object> snapshot =
        TypeSerializerSnapshot.readVersionedSnapshot(
            new DataInputDeserializer(out.getCopyOfBuffer()), FormatsTest.class.getClassLoader());
    assertThat(
            serializer
                .snapshotConfiguration()
                .resolveSchemaCompatibility(snapshot)
                .isCompatibleAsIs())
        .isTrue();
    return snapshot.restoreSerializer();
  }
}
