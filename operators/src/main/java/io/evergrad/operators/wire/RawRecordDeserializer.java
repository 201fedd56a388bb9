/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.wire;

import io.evergrad.operators.state.FormatTypeInfo;
import io.evergrad.operators.wire.RawRecord.RawHeader;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** Takes records from Kafka without looking into them, so that none of them can fail the source. */
public final class RawRecordDeserializer implements KafkaRecordDeserializationSchema<RawRecord> {
  private static final long serialVersionUID = 1L;

  @Override
  public void deserialize(
      final ConsumerRecord<byte[], byte[]> record, final Collector<RawRecord> out) {
    out.collect(
        new RawRecord(
            new Position(record.topic(), record.partition(), record.offset()),
            record.timestamp(),
            record.key(),
            record.value(),
            headers(record)));
  }

  private static List<RawHeader> headers(final ConsumerRecord<byte[], byte[]> record) {
    final Header[] received = record.headers().toArray();
    if (received.length == 0) {
      return List.of();
    }
    final List<RawHeader> headers = new ArrayList<>(received.length);
    for (final Header header : received) {
      headers.add(new RawHeader(header.key(), header.value()));
    }
    return headers;
  }

  @Override
  public TypeInformation<RawRecord> getProducedType() {
    return new FormatTypeInfo<>(RawRecord.class, new RawRecordFormat());
  }
}
