/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.evergrad.operators.state.Format;
import io.evergrad.operators.state.StateProto;
import io.evergrad.operators.wire.RawRecord.RawHeader;
import java.io.IOException;

/** The bytes of a {@link RawRecord} between operators. */
public final class RawRecordFormat implements Format<RawRecord> {
  private static final long serialVersionUID = 1L;

  @Override
  public int getVersion() {
    return 1;
  }

  @Override
  public byte[] serialize(final RawRecord record) {
    return message(record).toByteArray();
  }

  @Override
  public RawRecord deserialize(final int version, final byte[] bytes) throws IOException {
    requireVersion(version);
    return record(StateProto.Raw.parseFrom(bytes));
  }

  /** The message for a record. */
  public static StateProto.Raw message(final RawRecord record) {
    final StateProto.Raw.Builder message =
        StateProto.Raw.newBuilder()
            .setPosition(message(record.position()))
            .setTimestamp(record.timestamp());
    if (record.key() != null) {
      message.setKey(UnsafeByteOperations.unsafeWrap(record.key()));
    }
    if (record.value() != null) {
      message.setValue(UnsafeByteOperations.unsafeWrap(record.value()));
    }
    for (final RawHeader header : record.headers()) {
      final StateProto.Header.Builder h = StateProto.Header.newBuilder().setKey(header.key());
      if (header.value() != null) {
        h.setValue(ByteString.copyFrom(header.value()));
      }
      message.addHeaders(h);
    }
    return message.build();
  }

  /** The record in a message. */
  public static RawRecord record(final StateProto.Raw message) {
    return new RawRecord(
        position(message.getPosition()),
        message.getTimestamp(),
        message.hasKey() ? message.getKey().toByteArray() : null,
        message.hasValue() ? message.getValue().toByteArray() : null,
        message.getHeadersList().stream()
            .map(h -> new RawHeader(h.getKey(), h.hasValue() ? h.getValue().toByteArray() : null))
            .toList());
  }

  /** The message for a position. */
  public static StateProto.Position message(final Position position) {
    return StateProto.Position.newBuilder()
        .setTopic(position.topic())
        .setPartition(position.partition())
        .setOffset(position.offset())
        .build();
  }

  /** The position in a message. */
  public static Position position(final StateProto.Position message) {
    return new Position(message.getTopic(), message.getPartition(), message.getOffset());
  }
}
