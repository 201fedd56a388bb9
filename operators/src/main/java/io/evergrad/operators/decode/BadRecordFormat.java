/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.decode;

import io.evergrad.operators.decode.BadRecord.Reason;
import io.evergrad.operators.state.Format;
import io.evergrad.operators.state.StateProto;
import io.evergrad.operators.wire.RawRecordFormat;
import java.io.IOException;

/** The bytes of a {@link BadRecord} between operators. */
public final class BadRecordFormat implements Format<BadRecord> {
  private static final long serialVersionUID = 1L;

  @Override
  public int getVersion() {
    return 1;
  }

  @Override
  public byte[] serialize(final BadRecord bad) {
    return StateProto.Bad.newBuilder()
        .setRecord(RawRecordFormat.message(bad.record()))
        .setReason(bad.reason().name())
        .setDetail(bad.detail())
        .build()
        .toByteArray();
  }

  @Override
  public BadRecord deserialize(final int version, final byte[] bytes) throws IOException {
    requireVersion(version);
    final StateProto.Bad message = StateProto.Bad.parseFrom(bytes);
    try {
      return new BadRecord(
          RawRecordFormat.record(message.getRecord()),
          Reason.valueOf(message.getReason()),
          message.getDetail());
    } catch (final IllegalArgumentException e) {
      throw new IOException("unknown reason " + message.getReason(), e);
    }
  }
}
