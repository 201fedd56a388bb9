/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.MlpSpec;
import io.evergrad.operators.decode.BadRecord.Reason;
import io.evergrad.operators.wire.Position;
import io.evergrad.operators.wire.RawRecord;
import io.evergrad.operators.wire.RawRecord.RawHeader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // Flink's harnesses may be interrupted while they close.
final class DecodeFunctionTest {
  private static final MlpSpec NETWORK = new MlpSpec(2, List.of(), 2, Activation.RELU);

  @Test
  void sendsGoodRecordsOnAndBadOnesAside() throws Exception {
    try (OneInputStreamOperatorTestHarness<RawRecord, Decoded> harness =
        new OneInputStreamOperatorTestHarness<>(
            new ProcessOperator<>(new DecodeFunction(NETWORK)))) {
      harness.open();
      harness.processElement(raw("{\"features\":[1,2],\"label\":1}", 0), 0);
      harness.processElement(raw("{\"features\":[1,2],\"label\":2}", 1), 0);
      harness.processElement(raw("nonsense", 2), 0);

      assertThat(harness.extractOutputValues())
          .extracting(Decoded::position)
          .containsExactly(new Position("examples", 0, 0));
      assertThat(harness.getSideOutput(DecodeFunction.BAD_RECORDS))
          .extracting(bad -> bad.getValue().reason())
          .containsExactly(Reason.LABEL, Reason.NOT_PROTOBUF);
    }
  }

  @Test
  void deadLettersKeepTheirBytesAndSayWhereTheyCameFrom() {
    final byte[] value = {1, 2, 3};
    final RawRecord record =
        new RawRecord(
            new Position("examples", 4, 99),
            1234,
            new byte[] {9},
            value,
            List.of(new RawHeader("trace", new byte[] {7}), new RawHeader("empty", null)));

    final ProducerRecord<byte[], byte[]> letter =
        new DeadLetterSerializer("examples.dlq")
            .serialize(new BadRecord(record, Reason.LABEL, "label 11"), null, null);

    assertThat(letter.topic()).isEqualTo("examples.dlq");
    assertThat(letter.key()).containsExactly(9);
    assertThat(letter.value()).isSameAs(value);
    assertThat(letter.timestamp()).isNull();
    assertThat(Arrays.stream(letter.headers().toArray()).map(h -> h.key() + "=" + text(h.value())))
        .containsExactly(
            "trace=\u0007",
            "empty=null",
            "evergrad.topic=examples",
            "evergrad.partition=4",
            "evergrad.offset=99",
            "evergrad.timestamp=1234",
            "evergrad.reason=LABEL",
            "evergrad.detail=label 11");
  }

  private static String text(final byte[] value) {
    return value == null ? "null" : new String(value, StandardCharsets.UTF_8);
  }

  private static RawRecord raw(final String value, final long offset) {
    return new RawRecord(
        new Position("examples", 0, offset),
        0,
        null,
        value.getBytes(StandardCharsets.UTF_8),
        List.of());
  }
}
