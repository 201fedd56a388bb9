/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.consolidation;

import io.evergrad.operators.state.CountFormat;
import io.evergrad.operators.state.Format;
import io.evergrad.operators.state.StateProto;
import io.evergrad.operators.state.TensorFormat;
import java.io.IOException;

/** The bytes of an {@link EvaluationRequest} between operators. */
public final class EvaluationRequestFormat implements Format<EvaluationRequest> {
  private static final long serialVersionUID = 1L;

  @Override
  public int getVersion() {
    return 1;
  }

  @Override
  public byte[] serialize(final EvaluationRequest request) {
    return message(request).toByteArray();
  }

  @Override
  public EvaluationRequest deserialize(final int version, final byte[] bytes) throws IOException {
    requireVersion(version);
    return request(StateProto.Request.parseFrom(bytes));
  }

  /** The message for a request. */
  public static StateProto.Request message(final EvaluationRequest request) {
    return StateProto.Request.newBuilder()
        .setModel(request.model())
        .setAfterTask(request.afterTask())
        .setAfterTasks(request.afterTasks())
        .addAllHeldOut(CountFormat.messages(request.heldOut()))
        .addAllParameters(TensorFormat.messages(request.parameters()))
        .build();
  }

  /**
   * The request in a message.
   *
   * @throws IOException if a tensor is not sound, naming it
   */
  public static EvaluationRequest request(final StateProto.Request message) throws IOException {
    return new EvaluationRequest(
        message.getModel(),
        message.getAfterTask(),
        message.getAfterTasks(),
        CountFormat.counts(message.getHeldOutList()),
        TensorFormat.tensors(message.getParametersList()));
  }
}
