/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.publication;

import io.evergrad.operators.state.Format;
import io.evergrad.operators.state.StateProto;
import io.evergrad.store.PublicationKey;
import io.evergrad.store.StagedVersion;
import java.io.IOException;

/** The bytes of a {@link StagedVersion} in a checkpoint: the handle, not the tensors. */
final class StagedVersionFormat implements Format<StagedVersion> {
  private static final long serialVersionUID = 1L;

  @Override
  public int getVersion() {
    return 1;
  }

  @Override
  public byte[] serialize(final StagedVersion staged) {
    return StateProto.Staged.newBuilder()
        .setModel(staged.model())
        .setJob(staged.key().job())
        .setCheckpoint(staged.key().checkpoint())
        .setSequence(staged.key().sequence())
        .setStagingId(staged.stagingId())
        .build()
        .toByteArray();
  }

  @Override
  public StagedVersion deserialize(final int version, final byte[] bytes) throws IOException {
    requireVersion(version);
    final StateProto.Staged message = StateProto.Staged.parseFrom(bytes);
    try {
      return new StagedVersion(
          message.getModel(),
          new PublicationKey(message.getJob(), message.getCheckpoint(), message.getSequence()),
          message.getStagingId());
    } catch (final IllegalArgumentException e) {
      throw new IOException("a staged version's handle: " + e.getMessage(), e);
    }
  }
}
