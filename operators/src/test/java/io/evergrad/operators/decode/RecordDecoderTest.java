/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.Candidates;
import io.evergrad.curvature.network.MlpSpec;
import io.evergrad.curvature.network.Normalisation;
import io.evergrad.curvature.network.TransformerSpec;
import io.evergrad.operators.decode.BadRecord.Reason;
import io.evergrad.operators.wire.Position;
import io.evergrad.operators.wire.RawRecord;
import io.evergrad.operators.wire.StreamRecord;
import io.evergrad.operators.wire.TaskEnd;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class RecordDecoderTest {
  private static final Position POSITION = new Position("examples", 3, 17);
  private static final RecordDecoder DECODER =
      new RecordDecoder(new MlpSpec(4, List.of(3), 10, Activation.RELU));
  private static final RecordDecoder TEXTS =
      new RecordDecoder(new TransformerSpec(3, 10, 4, 2, 5, 1, Normalisation.LAYER));

  @Test
  void readsBytesScaledToOne() {
    final Example example =
        (Example)
            decode(record("t1", example().addShape(2).addShape(2).setUint8(bytes(0, 51, 255, 1))));

    assertThat(floats(example)).containsExactly(0f, 51 / 255f, 1f, 1 / 255f);
    assertThat(example.task()).isEqualTo("t1");
    assertThat(example.label()).isEqualTo(3);
    assertThat(example.heldOut()).isFalse();
    assertThat(example.position()).isEqualTo(POSITION);
  }

  @Test
  void readsFloatsInLittleEndianOrder() {
    final Example example =
        (Example)
            decode(
                record(
                    "", example().addShape(4).setFloat32(floats(0.5f, -1, 2, 0)).setHeldOut(true)));

    assertThat(floats(example)).containsExactly(0.5f, -1f, 2f, 0f);
    assertThat(example.task()).isEmpty();
    assertThat(example.heldOut()).isTrue();
  }

  @Test
  void readsTheEndOfATask() {
    final StreamRecord end =
        StreamRecord.newBuilder().setTask("t2").setTaskEnd(TaskEnd.getDefaultInstance()).build();

    assertThat(decode(end.toByteArray()))
        .isEqualTo(new io.evergrad.operators.decode.TaskEnd(POSITION, "t2"));
  }

  @Test
  void readsJson() {
    final Example example =
        (Example)
            decode("{\"task\":\"t1\",\"features\":[0.5,1,-2e1,0],\"label\":9,\"held_out\":true}");

    assertThat(floats(example)).containsExactly(0.5f, 1f, -20f, 0f);
    assertThat(example.label()).isEqualTo(9);
    assertThat(example.heldOut()).isTrue();
    assertThat(decode("{\"features\":[1,2,3,4],\"label\":0,\"shape\":[2,2]}"))
        .isInstanceOf(Example.class);
    assertThat(decode("{\"task\":\"t1\",\"task_end\":true}"))
        .isEqualTo(new io.evergrad.operators.decode.TaskEnd(POSITION, "t1"));
  }

  @Test
  void readsBytesAsTokensWhereTheNetworkReadsTokens() {
    final Example example =
        (Example)
            text(record("t1", example().setLabel(99).setHeldOut(true).setUint8(bytes(0, 9, 5, 5))));

    assertThat(floats(example)).containsExactly(0f, 9f, 5f, 5f);
    assertThat(example.label()).as("labels are ignored").isZero();
    assertThat(example.heldOut()).isTrue();
  }

  @Test
  void readsWholeNumbersAsTokens() {
    assertThat(floats((Example) text(record("t", example().setFloat32(floats(9, 0, 1, 2))))))
        .containsExactly(9f, 0f, 1f, 2f);
    assertThat(floats((Example) text(utf8("{\"features\":[1,2,3.0,9]}"))))
        .containsExactly(1f, 2f, 3f, 9f);
    assertThat(text(utf8("{\"features\":[1,2,3,9],\"label\":\"none\"}")))
        .isInstanceOf(Example.class);
  }

  @Test
  void readsCandidates() {
    final Decoding protobuf =
        decode(record("t", good().addCandidates(5).addCandidates(3).addCandidates(0)));
    final Decoding json = decode("{\"features\":[1,2,3,4],\"label\":3,\"candidates\":[0,3,5]}");

    assertThat(((Example) protobuf).candidates()).isEqualTo(Candidates.of(0, 3, 5));
    assertThat(((Example) json).candidates()).isEqualTo(Candidates.of(0, 3, 5));
    assertThat(((Example) decode(record("t", good()))).candidates()).isEqualTo(Candidates.ALL);
    assertThat(
            ((Example) decode("{\"features\":[1,2,3,4],\"label\":3,\"candidates\":[]}"))
                .candidates())
        .isEqualTo(Candidates.ALL);
  }

  static Stream<Arguments> noTokens() {
    return Stream.of(
        Arguments.of(
            Reason.CANDIDATES,
            record("t", good().setLabel(0).addCandidates(0).setUint8(bytes(1, 2, 3, 4)))),
        Arguments.of(Reason.CANDIDATES, utf8("{\"features\":[1,2,3,4],\"candidates\":[0]}")),
        Arguments.of(Reason.TOKEN, record("t", good().setUint8(bytes(1, 2, 3, 10)))),
        Arguments.of(Reason.TOKEN, record("t", good().setUint8(bytes(255, 2, 3, 1)))),
        Arguments.of(Reason.TOKEN, record("t", good().setFloat32(floats(1, 2, 3, 10)))),
        Arguments.of(Reason.TOKEN, record("t", good().setFloat32(floats(1, -1, 3, 4)))),
        Arguments.of(Reason.TOKEN, utf8("{\"features\":[1,2.5,3,4]}")),
        Arguments.of(Reason.TOKEN, utf8("{\"features\":[1,1e30,3,4],\"held_out\":true}")),
        Arguments.of(Reason.NOT_FINITE, record("t", good().setFloat32(floats(1, Float.NaN, 3, 4)))),
        Arguments.of(Reason.SIZE_MISMATCH, record("t", good().setUint8(bytes(1, 2, 3)))));
  }

  @ParameterizedTest
  @MethodSource("noTokens")
  void refusesWhatIsNoTokenWhereTheNetworkReadsTokens(final Reason reason, final byte[] value) {
    final BadRecord bad = (BadRecord) text(value);

    assertThat(bad.reason()).as(bad.detail()).isEqualTo(reason);
    assertThat(bad.detail()).isNotBlank();
  }

  static Stream<Arguments> bad() {
    final String long257 = "x".repeat(257);
    return Stream.of(
        Arguments.of(Reason.NO_VALUE, null),
        Arguments.of(Reason.NO_VALUE, new byte[0]),
        Arguments.of(Reason.NOT_PROTOBUF, utf8("hello, world")),
        Arguments.of(Reason.NOT_PROTOBUF, truncated()),
        Arguments.of(Reason.NOT_PROTOBUF, hugeDeclaredLength()),
        Arguments.of(Reason.NOT_PROTOBUF, negativeDeclaredLength()),
        Arguments.of(Reason.NO_BODY, StreamRecord.newBuilder().setTask("t").build().toByteArray()),
        Arguments.of(Reason.TASK_ID, record(long257, good())),
        Arguments.of(Reason.NO_FEATURES, record("t", example().addShape(4))),
        Arguments.of(Reason.BAD_SHAPE, record("t", good().clearShape().addShape(-4))),
        Arguments.of(Reason.BAD_SHAPE, record("t", good().clearShape().addShape(0))),
        Arguments.of(Reason.BAD_SHAPE, record("t", good().clearShape().addShape(1L << 62))),
        Arguments.of(
            Reason.BAD_SHAPE, record("t", good().clearShape().addShape(1 << 20).addShape(1 << 20))),
        Arguments.of(
            Reason.BAD_SHAPE,
            record("t", good().clearShape().addAllShape(java.util.Collections.nCopies(9, 1L)))),
        Arguments.of(
            Reason.SIZE_MISMATCH, record("t", good().clearShape().addShape(2_000_000_000))),
        Arguments.of(Reason.SIZE_MISMATCH, record("t", good().setUint8(bytes(1, 2, 3)))),
        Arguments.of(Reason.SIZE_MISMATCH, record("t", good().setFloat32(bytes(1, 2, 3, 4)))),
        Arguments.of(
            Reason.WRONG_SHAPE,
            record("t", good().clearShape().addShape(5).setUint8(bytes(1, 2, 3, 4, 5)))),
        Arguments.of(Reason.NOT_FINITE, record("t", good().setFloat32(floats(1, Float.NaN, 2, 3)))),
        Arguments.of(
            Reason.NOT_FINITE,
            record("t", good().setFloat32(floats(1, 2, 3, Float.NEGATIVE_INFINITY)))),
        Arguments.of(Reason.LABEL, record("t", good().setLabel(10))),
        Arguments.of(Reason.LABEL, record("t", good().setLabel(-1))),
        Arguments.of(Reason.NOT_JSON, utf8("{\"features\":[1,2,3,4],\"label\":1")),
        Arguments.of(Reason.NOT_JSON, utf8("{\"features\":[1,2,3,4],\"label\":1} x")),
        Arguments.of(Reason.NOT_JSON, utf8("{\"features\":[NaN,2,3,4],\"label\":1}")),
        Arguments.of(Reason.NOT_JSON, utf8("{\"label\":1,\"label\":2,\"features\":[1,2,3,4]}")),
        Arguments.of(
            Reason.NOT_JSON, utf8("{\"heldout\":true,\"features\":[1,2,3,4],\"label\":1}")),
        Arguments.of(Reason.NOT_JSON, utf8("{\"task\":7,\"features\":[1,2,3,4],\"label\":1}")),
        Arguments.of(Reason.NOT_JSON, utf8("{\"features\":[1,2,3,4],\"label\":1,\"held_out\":1}")),
        Arguments.of(
            Reason.NOT_JSON, utf8("{\"features\":[1,2,3,4],\"label\":1,\"task_end\":true}")),
        Arguments.of(Reason.NOT_JSON, utf8("{\"features\":" + "[".repeat(5_000))),
        Arguments.of(Reason.NO_BODY, utf8("{\"task\":\"t\"}")),
        Arguments.of(Reason.TASK_ID, utf8("{\"task\":\"" + long257 + "\",\"task_end\":true}")),
        Arguments.of(Reason.NO_FEATURES, utf8("{\"label\":1}")),
        Arguments.of(Reason.NO_FEATURES, utf8("{\"features\":\"1,2\",\"label\":1}")),
        Arguments.of(Reason.BAD_SHAPE, utf8("{\"features\":[1,2,3,4],\"label\":1,\"shape\":[-4]}")),
        Arguments.of(
            Reason.BAD_SHAPE, utf8("{\"features\":[1,2,3,4],\"label\":1,\"shape\":[1e9]}")),
        Arguments.of(
            Reason.BAD_SHAPE, utf8("{\"features\":[1,2,3,4],\"label\":1,\"shape\":\"4\"}")),
        Arguments.of(Reason.SIZE_MISMATCH, utf8("{\"features\":[1,2,3],\"label\":1}")),
        Arguments.of(Reason.WRONG_SHAPE, utf8("{\"features\":[1,2,3],\"label\":1,\"shape\":[3]}")),
        Arguments.of(Reason.NOT_FINITE, utf8("{\"features\":[1e999,2,3,4],\"label\":1}")),
        Arguments.of(Reason.NOT_FINITE, utf8("{\"features\":[1e39,2,3,4],\"label\":1}")),
        Arguments.of(Reason.NOT_FINITE, utf8("{\"features\":[null,2,3,4],\"label\":1}")),
        Arguments.of(Reason.LABEL, utf8("{\"features\":[1,2,3,4]}")),
        Arguments.of(Reason.LABEL, utf8("{\"features\":[1,2,3,4],\"label\":1.5}")),
        Arguments.of(Reason.LABEL, utf8("{\"features\":[1,2,3,4],\"label\":99999999999}")),
        Arguments.of(Reason.LABEL, utf8("{\"features\":[1,2,3,4],\"label\":10}")),
        Arguments.of(Reason.LABEL, record("t", good().setLabel(10).addCandidates(10))),
        Arguments.of(Reason.CANDIDATES, record("t", good().addCandidates(2).addCandidates(4))),
        Arguments.of(Reason.CANDIDATES, record("t", good().addCandidates(3).addCandidates(10))),
        Arguments.of(Reason.CANDIDATES, record("t", good().addCandidates(3).addCandidates(-1))),
        Arguments.of(Reason.CANDIDATES, record("t", good().addCandidates(3).addCandidates(3))),
        Arguments.of(
            Reason.CANDIDATES, utf8("{\"features\":[1,2,3,4],\"label\":1,\"candidates\":3}")),
        Arguments.of(
            Reason.CANDIDATES, utf8("{\"features\":[1,2,3,4],\"label\":1,\"candidates\":[1,0.5]}")),
        Arguments.of(
            Reason.CANDIDATES, utf8("{\"features\":[1,2,3,4],\"label\":1,\"candidates\":[0,2]}")));
  }

  @ParameterizedTest
  @MethodSource("bad")
  void refusesWithTheReasonAndTheOriginalRecord(final Reason reason, final byte[] value) {
    final RawRecord raw = new RawRecord(POSITION, 5, null, value, List.of());

    final Decoding decoding = DECODER.decode(raw);

    assertThat(decoding).isInstanceOf(BadRecord.class);
    final BadRecord bad = (BadRecord) decoding;
    assertThat(bad.reason()).as(bad.detail()).isEqualTo(reason);
    assertThat(bad.record()).isSameAs(raw);
    assertThat(bad.detail()).isNotBlank().hasSizeLessThan(1_000);
  }

  @Test
  void everyReasonIsTested() {
    assertThat(Stream.concat(bad(), noTokens()).map(arguments -> arguments.get()[0]))
        .contains((Object[]) Reason.values());
  }

  @Test
  void neverThrowsOnRandomBytes() {
    final Random random = new Random(7);
    final byte[] good = record("t", good());
    int refused = 0;
    for (int i = 0; i < 100_000; i++) {
      final byte[] value = random.nextBoolean() ? noise(random) : damaged(good, random);
      if (i % 4 == 0 && value.length > 0) {
        value[0] = '{';
      }
      if (decode(value) instanceof BadRecord) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(50_000);
  }

  private static byte[] noise(final Random random) {
    final byte[] value = new byte[random.nextInt(64)];
    random.nextBytes(value);
    return value;
  }

  private static byte[] damaged(final byte[] good, final Random random) {
    final byte[] value = good.clone();
    for (int i = random.nextInt(3); i >= 0; i--) {
      value[random.nextInt(value.length)] = (byte) random.nextInt();
    }
    return value;
  }

  private static byte[] truncated() {
    final byte[] whole = record("t", good());
    return java.util.Arrays.copyOf(whole, whole.length - 3);
  }

  /** Field 2, length-delimited, 2^31 - 1 bytes long. */
  private static byte[] hugeDeclaredLength() {
    return new byte[] {0x12, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x07, 1, 2, 3};
  }

  /** Field 2, length-delimited, -1 bytes long. */
  private static byte[] negativeDeclaredLength() {
    return new byte[] {0x12, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x0f, 1, 2, 3};
  }

  private static Decoding decode(final String json) {
    return decode(utf8(json));
  }

  private static Decoding decode(final byte[] value) {
    return DECODER.decode(new RawRecord(POSITION, 0, null, value, List.of()));
  }

  private static Decoding text(final byte[] value) {
    return TEXTS.decode(new RawRecord(POSITION, 0, null, value, List.of()));
  }

  private static byte[] record(
      final String task, final io.evergrad.operators.wire.Example.Builder example) {
    return StreamRecord.newBuilder().setTask(task).setExample(example).build().toByteArray();
  }

  private static io.evergrad.operators.wire.Example.Builder example() {
    return io.evergrad.operators.wire.Example.newBuilder().setLabel(3);
  }

  private static io.evergrad.operators.wire.Example.Builder good() {
    return example().addShape(4).setUint8(bytes(1, 2, 3, 4));
  }

  private static ByteString bytes(final int... values) {
    final byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return ByteString.copyFrom(bytes);
  }

  private static ByteString floats(final float... values) {
    final ByteBuffer buffer =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (final float value : values) {
      buffer.putFloat(value);
    }
    return ByteString.copyFrom(buffer.flip());
  }

  private static float[] floats(final Example example) {
    final float[] floats = new float[example.features().width()];
    example.features().copyTo(floats, 0);
    return floats;
  }

  private static byte[] utf8(final String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
