/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.learner;

import io.evergrad.operators.state.FormatTypeInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads one model's records of the parameters topic. What is not such a record is passed over with
 * a warning: the learners then go on with what they have.
 */
public final class MergedModelDeserializer
    implements KafkaRecordDeserializationSchema<MergedModel> {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(MergedModelDeserializer.class);

  private final String model;

  /** Reads the records of a model. */
  public MergedModelDeserializer(final String model) {
    this.model = Objects.requireNonNull(model, "model");
  }

  @Override
  public void deserialize(
      final ConsumerRecord<byte[], byte[]> record, final Collector<MergedModel> out) {
    if (!Arrays.equals(record.key(), model.getBytes(StandardCharsets.UTF_8))
        || record.value() == null) {
      return;
    }
    try {
      out.collect(new MergedModelFormat().read(record.value()));
    } catch (final IOException e) {
      LOG.warn(
          "Passed over the record at {}-{}@{}: not a merged model: {}",
          record.topic(),
          record.partition(),
          record.offset(),
          e.getMessage());
    }
  }

  @Override
  public TypeInformation<MergedModel> getProducedType() {
    return new FormatTypeInfo<>(MergedModel.class, new MergedModelFormat());
  }
}
