/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.evergrad.curvature.learning.HostTensor;
import io.evergrad.curvature.learning.HostTensor.ElementType;
import io.evergrad.curvature.learning.LearnerSnapshot;
import io.evergrad.curvature.network.Candidates;
import io.evergrad.operators.learner.LearnerState.Window;
import io.evergrad.operators.state.StateProto;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class LearnerStateFormatTest {
  private static final LearnerStateFormat FORMAT = new LearnerStateFormat();
  private static final LearnerSnapshot SNAPSHOT =
      new LearnerSnapshot(
          7,
          50,
          2,
          10,
          new TreeMap<>(
              Map.of(
                  "layer1.weight", new HostTensor(ElementType.FLOAT32, new long[] {1, 2}, ramp(8)),
                  "empty", new HostTensor(ElementType.FLOAT32, new long[] {0, 3}, ramp(0)))),
          new TreeMap<>(
              Map.of("scalar", new HostTensor(ElementType.FLOAT64, new long[0], ramp(8)))),
          new TreeMap<>(
              Map.of("count", new HostTensor(ElementType.INT64, new long[] {2}, ramp(16)))));
  private static final LearnerState STATE =
      new LearnerState(
          SNAPSHOT,
          new float[] {1.5f, Float.MIN_VALUE, -0f, 3},
          new int[] {0, 9},
          List.of(Candidates.ALL, Candidates.of(9, 70)),
          "t",
          2,
          new TreeMap<>(Map.of("t", 4L, "ü", 5L)),
          new TreeMap<>(Map.of("examples-0", 77L)),
          new Window(3, 2, 0.1));

  @Test
  void readsWhatItWrites() throws IOException {
    final LearnerState read = FORMAT.deserialize(1, FORMAT.serialize(STATE));

    assertThat(read)
        .usingRecursiveComparison()
        .ignoringFields("features", "labels", "snapshot")
        .isEqualTo(STATE);
    assertThat(read.snapshot()).isEqualTo(SNAPSHOT);
    assertThat(read.features()).containsExactly(STATE.features());
    assertThat(read.labels()).containsExactly(STATE.labels());
  }

  @Test
  void readsAMicroBatchWithoutCandidates() throws IOException {
    final StateProto.Learner.Builder message =
        StateProto.Learner.parseFrom(FORMAT.serialize(STATE)).toBuilder();
    final byte[] without = message.clone().clearCandidates().build().toByteArray();
    final byte[] ofOne = message.removeCandidates(0).build().toByteArray();

    assertThat(FORMAT.deserialize(1, without).candidates())
        .containsExactly(Candidates.ALL, Candidates.ALL);
    assertThatThrownBy(() -> FORMAT.deserialize(1, ofOne))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("candidates of 1 examples of 2");
  }

  @Test
  void writesTheSameBytesForTheSameState() throws IOException {
    final byte[] bytes = FORMAT.serialize(STATE);

    assertThat(FORMAT.serialize(FORMAT.deserialize(1, bytes))).isEqualTo(bytes);
  }

  @Test
  void refusesOtherVersions() {
    assertThatThrownBy(() -> FORMAT.deserialize(2, FORMAT.serialize(STATE)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("version 2")
        .hasMessageContaining("expected version 1");
  }

  @Test
  void refusesDamagedBytes() {
    final byte[] bytes = FORMAT.serialize(STATE);

    assertThatThrownBy(
            () -> FORMAT.deserialize(1, java.util.Arrays.copyOf(bytes, bytes.length / 2)))
        .isInstanceOf(IOException.class);
  }

  @Test
  void refusesATensorWhoseShapeDoesNotFitNamingIt() throws IOException {
    final StateProto.Learner.Builder message =
        StateProto.Learner.parseFrom(FORMAT.serialize(STATE)).toBuilder();
    message.getSnapshotBuilder().getPrecisionBuilder(0).setData(ByteString.copyFrom(new byte[8]));

    assertThatThrownBy(() -> FORMAT.deserialize(1, message.build().toByteArray()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("tensor count");
  }

  @Test
  void refusesATensorThatComesTwice() throws IOException {
    final StateProto.Learner.Builder message =
        StateProto.Learner.parseFrom(FORMAT.serialize(STATE)).toBuilder();
    message.getSnapshotBuilder().addPrecision(message.getSnapshot().getPrecision(0));

    assertThatThrownBy(() -> FORMAT.deserialize(1, message.build().toByteArray()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("comes twice");
  }

  private static byte[] ramp(final int length) {
    final byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (i * 37 - 5);
    }
    return bytes;
  }
}
