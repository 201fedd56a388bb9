/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.learner;

import static org.assertj.core.api.Assertions.assertThat;

import io.evergrad.curvature.learning.Averages;
import io.evergrad.operators.state.StateProto;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

final class MergedModelRecordsTest {
  private static final MergedModel MODEL =
      new MergedModel(
          "m",
          "run",
          1,
          2,
          3,
          List.of(1L),
          List.of(0L),
          new TreeMap<>(),
          new Averages(0, new TreeMap<>()),
          new TreeMap<>());

  @Test
  void goesThroughTheTopicUnderItsModelsName() {
    final ProducerRecord<byte[], byte[]> record =
        new MergedModelSerializer("parameters").serialize(MODEL, null, null);

    assertThat(record.topic()).isEqualTo("parameters");
    assertThat(read(record.key(), record.value())).containsExactly(MODEL);
  }

  @Test
  void passesOverWhatIsNotForIt() {
    final byte[] value = new MergedModelFormat().serialize(MODEL);
    final byte[] newer = StateProto.Merged.newBuilder().setFormat(99).build().toByteArray();

    assertThat(read(bytes("another"), value)).isEmpty();
    assertThat(read(null, value)).isEmpty();
    assertThat(read(bytes("m"), null)).as("a tombstone").isEmpty();
    assertThat(read(bytes("m"), bytes("not a merged model"))).isEmpty();
    assertThat(read(bytes("m"), newer)).isEmpty();
  }

  private static List<MergedModel> read(final byte[] key, final byte[] value) {
    final List<MergedModel> read = new ArrayList<>();
    new MergedModelDeserializer("m")
        .deserialize(
            new ConsumerRecord<>("parameters", 0, 7, key, value),
            new Collector<>() {
              @Override
              public void collect(final MergedModel model) {
                read.add(model);
              }

              @Override
              public void close() {}
            });
    return read;
  }

  private static byte[] bytes(final String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
