/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.decode;

import io.evergrad.operators.wire.RawRecord;
import io.evergrad.operators.wire.RawRecord.RawHeader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;

/**
 * Writes a refused record to the dead-letter topic: key, value and headers as they were received,
 * then the headers {@code evergrad.topic}, {@code evergrad.partition}, {@code evergrad.offset},
 * {@code evergrad.timestamp}, {@code evergrad.reason} and {@code evergrad.detail}, all as UTF-8
 * text. The record's own timestamp is the time of writing: with the received one, which may be
 * anything, the topic's retention could drop it at once.
 */
public final class DeadLetterSerializer implements KafkaRecordSerializationSchema<BadRecord> {
  private static final long serialVersionUID = 1L;

  private final String topic;

  /** Writes to a topic. */
  public DeadLetterSerializer(final String topic) {
    this.topic = Objects.requireNonNull(topic, "topic");
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      final BadRecord bad, final KafkaSinkContext context, final Long timestamp) {
    final RawRecord record = bad.record();
    final List<Header> headers = new ArrayList<>(record.headers().size() + 6);
    for (final RawHeader header : record.headers()) {
      headers.add(new RecordHeader(header.key(), header.value()));
    }
    headers.add(header("evergrad.topic", record.position().topic()));
    headers.add(header("evergrad.partition", Integer.toString(record.position().partition())));
    headers.add(header("evergrad.offset", Long.toString(record.position().offset())));
    headers.add(header("evergrad.timestamp", Long.toString(record.timestamp())));
    headers.add(header("evergrad.reason", bad.reason().name()));
    headers.add(header("evergrad.detail", bad.detail()));
    return new ProducerRecord<>(topic, null, record.key(), record.value(), headers);
  }

  private static Header header(final String key, final String value) {
    return new RecordHeader(key, value.getBytes(StandardCharsets.UTF_8));
  }
}
