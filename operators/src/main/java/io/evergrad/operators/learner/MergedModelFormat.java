/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.learner;

import io.evergrad.operators.state.Format;
import io.evergrad.operators.state.ShareFormat;
import io.evergrad.operators.state.StateProto;
import io.evergrad.operators.state.TensorFormat;
import java.io.IOException;

/** The bytes of a {@link MergedModel} between operators and in the parameters topic. */
public final class MergedModelFormat implements Format<MergedModel> {
  private static final long serialVersionUID = 1L;

  @Override
  public int getVersion() {
    return 1;
  }

  @Override
  public byte[] serialize(final MergedModel merged) {
    return StateProto.Merged.newBuilder()
        .setFormat(getVersion())
        .setModel(merged.model())
        .setRun(merged.run())
        .setRound(merged.round())
        .setSteps(merged.steps())
        .setExamples(merged.examples())
        .addAllHandIns(merged.handIns())
        .addAllEnds(merged.ends())
        .addAllParameters(TensorFormat.messages(merged.parameters()))
        .setAverages(ShareFormat.message(merged.averages()))
        .addAllPosterior(TensorFormat.messages(merged.posterior()))
        .build()
        .toByteArray();
  }

  @Override
  public MergedModel deserialize(final int version, final byte[] bytes) throws IOException {
    requireVersion(version);
    return merged(StateProto.Merged.parseFrom(bytes));
  }

  /**
   * Reads a record of the topic, which names its own version.
   *
   * @throws IOException if it is not such a record, or of another version
   */
  MergedModel read(final byte[] bytes) throws IOException {
    final StateProto.Merged message = StateProto.Merged.parseFrom(bytes);
    requireVersion(message.getFormat());
    return merged(message);
  }

  private static MergedModel merged(final StateProto.Merged message) throws IOException {
    return new MergedModel(
        message.getModel(),
        message.getRun(),
        message.getRound(),
        message.getSteps(),
        message.getExamples(),
        message.getHandInsList(),
        message.getEndsList(),
        TensorFormat.tensors(message.getParametersList()),
        ShareFormat.averages(message.getAverages()),
        TensorFormat.tensors(message.getPosteriorList()));
  }
}
