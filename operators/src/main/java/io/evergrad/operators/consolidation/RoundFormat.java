/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.consolidation;

import io.evergrad.operators.learner.ModelUpdateFormat;
import io.evergrad.operators.state.Format;
import io.evergrad.operators.state.StateProto;
import java.io.IOException;

/** The bytes of a {@link Round} between operators. */
public final class RoundFormat implements Format<Round> {
  private static final long serialVersionUID = 1L;

  @Override
  public int getVersion() {
    return 1;
  }

  @Override
  public byte[] serialize(final Round round) {
    return StateProto.Round.newBuilder()
        .setNumber(round.number())
        .setUpdate(ModelUpdateFormat.message(round.update()))
        .build()
        .toByteArray();
  }

  @Override
  public Round deserialize(final int version, final byte[] bytes) throws IOException {
    requireVersion(version);
    final StateProto.Round message = StateProto.Round.parseFrom(bytes);
    try {
      return new Round(message.getNumber(), ModelUpdateFormat.update(message.getUpdate()));
    } catch (final IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
