/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.learner;

import io.evergrad.operators.learner.ReplicaState.HandIn;
import io.evergrad.operators.state.Format;
import io.evergrad.operators.state.StateProto;
import io.evergrad.operators.state.TensorFormat;
import java.io.IOException;
import java.util.SortedMap;
import java.util.TreeMap;

/** The bytes of a {@link ReplicaState} in a checkpoint. */
public final class ReplicaStateFormat implements Format<ReplicaState> {
  private static final long serialVersionUID = 1L;

  @Override
  public int getVersion() {
    return 1;
  }

  @Override
  public byte[] serialize(final ReplicaState state) {
    final StateProto.Replica.Builder message = StateProto.Replica.newBuilder();
    state
        .unmerged()
        .forEach(
            (number, handIn) ->
                message.addUnmerged(
                    StateProto.HandIn.newBuilder()
                        .setNumber(number)
                        .setSteps(handIn.steps())
                        .setExamples(handIn.examples())
                        .addAllProgress(TensorFormat.messages(handIn.progress()))));
    return message
        .setLearner(LearnerStateFormat.message(state.learner()))
        .setIndex(state.index())
        .setLearners(state.learners())
        .addAllBase(TensorFormat.messages(state.base()))
        .setHandIns(state.handIns())
        .setSteps(state.steps())
        .setExamples(state.examples())
        .setMergedSteps(state.mergedSteps())
        .setMergedExamples(state.mergedExamples())
        .setEnds(state.ends())
        .build()
        .toByteArray();
  }

  @Override
  public ReplicaState deserialize(final int version, final byte[] bytes) throws IOException {
    requireVersion(version);
    final StateProto.Replica message = StateProto.Replica.parseFrom(bytes);
    final SortedMap<Long, HandIn> unmerged = new TreeMap<>();
    for (final StateProto.HandIn handIn : message.getUnmergedList()) {
      unmerged.put(
          handIn.getNumber(),
          new HandIn(
              handIn.getSteps(),
              handIn.getExamples(),
              TensorFormat.tensors(handIn.getProgressList())));
    }
    return new ReplicaState(
        LearnerStateFormat.state(message.getLearner()),
        message.getIndex(),
        message.getLearners(),
        TensorFormat.tensors(message.getBaseList()),
        message.getHandIns(),
        unmerged,
        message.getSteps(),
        message.getExamples(),
        message.getMergedSteps(),
        message.getMergedExamples(),
        message.getEnds());
  }
}
