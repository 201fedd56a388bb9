/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.learner;

import io.evergrad.operators.state.CountFormat;
import io.evergrad.operators.state.Format;
import io.evergrad.operators.state.StateProto;
import io.evergrad.operators.state.TensorFormat;
import java.io.IOException;

/** The bytes of a {@link ModelUpdate} between operators. */
public final class ModelUpdateFormat implements Format<ModelUpdate> {
  private static final long serialVersionUID = 1L;

  @Override
  public int getVersion() {
    return 1;
  }

  @Override
  public byte[] serialize(final ModelUpdate update) {
    return message(update).toByteArray();
  }

  @Override
  public ModelUpdate deserialize(final int version, final byte[] bytes) throws IOException {
    requireVersion(version);
    return update(StateProto.Update.parseFrom(bytes));
  }

  /** The message for an update. */
  public static StateProto.Update message(final ModelUpdate update) {
    return StateProto.Update.newBuilder()
        .setModel(update.model())
        .setTask(update.task())
        .setTaskEnd(update.taskEnd())
        .setTasksEnded(update.tasksEnded())
        .addAllHeldOut(CountFormat.messages(update.heldOut()))
        .addAllOffsets(CountFormat.messages(update.offsets()))
        .setSnapshot(TensorFormat.message(update.snapshot()))
        .build();
  }

  /**
   * The update in a message.
   *
   * @throws IOException if a tensor is not sound, naming it
   */
  public static ModelUpdate update(final StateProto.Update message) throws IOException {
    return new ModelUpdate(
        message.getModel(),
        message.getTask(),
        message.getTaskEnd(),
        message.getTasksEnded(),
        CountFormat.counts(message.getHeldOutList()),
        CountFormat.counts(message.getOffsetsList()),
        TensorFormat.snapshot(message.getSnapshot()));
  }
}
