/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.state;

import io.evergrad.curvature.learning.Averages;
import io.evergrad.curvature.learning.Share;
import io.evergrad.curvature.learning.TaskEvidence;
import java.io.IOException;

/** What learners hand in as Protobuf messages, bit for bit. */
public final class ShareFormat {
  private ShareFormat() {}

  /** The message for averages. */
  public static StateProto.Averages message(final Averages averages) {
    return StateProto.Averages.newBuilder()
        .setSteps(averages.steps())
        .addAllTensors(TensorFormat.messages(averages.tensors()))
        .build();
  }

  /**
   * The averages in a message.
   *
   * @throws IOException if a tensor is not sound, naming it
   */
  public static Averages averages(final StateProto.Averages message) throws IOException {
    return new Averages(message.getSteps(), TensorFormat.tensors(message.getTensorsList()));
  }

  /** The message for a share. */
  public static StateProto.Share message(final Share share) {
    return StateProto.Share.newBuilder()
        .setSteps(share.steps())
        .setExamples(share.examples())
        .addAllProgress(TensorFormat.messages(share.progress()))
        .setAverages(message(share.averages()))
        .build();
  }

  /**
   * The share in a message.
   *
   * @throws IOException if a count or a tensor is not sound, naming it
   */
  public static Share share(final StateProto.Share message) throws IOException {
    try {
      return new Share(
          message.getSteps(),
          message.getExamples(),
          TensorFormat.tensors(message.getProgressList()),
          averages(message.getAverages()));
    } catch (final IllegalArgumentException e) {
      throw new IOException("share: " + e.getMessage(), e);
    }
  }

  /** The message for evidence. */
  public static StateProto.Evidence message(final TaskEvidence evidence) {
    return StateProto.Evidence.newBuilder()
        .setExamples(evidence.examples())
        .setSamples(evidence.samples())
        .addAllFisher(TensorFormat.messages(evidence.fisher()))
        .build();
  }

  /**
   * The evidence in a message.
   *
   * @throws IOException if a count or a tensor is not sound, naming it
   */
  public static TaskEvidence evidence(final StateProto.Evidence message) throws IOException {
    try {
      return new TaskEvidence(
          message.getExamples(),
          message.getSamples(),
          TensorFormat.tensors(message.getFisherList()));
    } catch (final IllegalArgumentException e) {
      throw new IOException("evidence: " + e.getMessage(), e);
    }
  }
}
