/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.learner;

import com.google.protobuf.UnsafeByteOperations;
import io.evergrad.curvature.network.Candidates;
import io.evergrad.operators.decode.DecodedFormat;
import io.evergrad.operators.decode.Features;
import io.evergrad.operators.decode.Features.Encoding;
import io.evergrad.operators.learner.LearnerState.Window;
import io.evergrad.operators.state.CountFormat;
import io.evergrad.operators.state.Format;
import io.evergrad.operators.state.StateProto;
import io.evergrad.operators.state.TensorFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The bytes of a {@link LearnerState} in a checkpoint. */
public final class LearnerStateFormat implements Format<LearnerState> {
  private static final long serialVersionUID = 1L;

  @Override
  public int getVersion() {
    return 1;
  }

  @Override
  public byte[] serialize(final LearnerState state) {
    return message(state).toByteArray();
  }

  @Override
  public LearnerState deserialize(final int version, final byte[] bytes) throws IOException {
    requireVersion(version);
    return state(StateProto.Learner.parseFrom(bytes));
  }

  /** The message for a state. */
  static StateProto.Learner message(final LearnerState state) {
    final StateProto.Learner.Builder message =
        StateProto.Learner.newBuilder()
            .setSnapshot(TensorFormat.message(state.snapshot()))
            .setTask(state.task())
            .setTasksEnded(state.tasksEnded())
            .setFeatures(UnsafeByteOperations.unsafeWrap(Features.of(state.features()).bytes()))
            .addAllHeldOut(CountFormat.messages(state.heldOut()))
            .addAllOffsets(CountFormat.messages(state.offsets()))
            .setWindowExamples(state.window().examples())
            .setWindowCorrect(state.window().correct())
            .setWindowLoss(state.window().loss());
    for (final int label : state.labels()) {
      message.addLabels(label);
    }
    if (!state.candidates().stream().allMatch(Candidates::isAll)) {
      for (final Candidates candidates : state.candidates()) {
        message.addCandidates(
            StateProto.Candidates.newBuilder().addAllClasses(DecodedFormat.classes(candidates)));
      }
    }
    return message.build();
  }

  /**
   * The state in a message.
   *
   * @throws IOException if a tensor or the partial micro-batch is not sound
   */
  static LearnerState state(final StateProto.Learner message) throws IOException {
    if (message.getFeatures().size() % Float.BYTES != 0) {
      throw new IOException("the features of the partial micro-batch are cut off");
    }
    final Features features = new Features(Encoding.FLOAT32, message.getFeatures().toByteArray());
    final float[] floats = new float[features.width()];
    features.copyTo(floats, 0);
    return new LearnerState(
        TensorFormat.snapshot(message.getSnapshot()),
        floats,
        message.getLabelsList().stream().mapToInt(Integer::intValue).toArray(),
        candidates(message),
        message.getTask(),
        message.getTasksEnded(),
        CountFormat.counts(message.getHeldOutList()),
        CountFormat.counts(message.getOffsetsList()),
        new Window(
            message.getWindowExamples(), message.getWindowCorrect(), message.getWindowLoss()));
  }

  private static List<Candidates> candidates(final StateProto.Learner message) throws IOException {
    if (message.getCandidatesCount() == 0) {
      return Collections.nCopies(message.getLabelsCount(), Candidates.ALL);
    }
    if (message.getCandidatesCount() != message.getLabelsCount()) {
      throw new IOException(
          "the partial micro-batch has candidates of %d examples of %d"
              .formatted(message.getCandidatesCount(), message.getLabelsCount()));
    }
    final List<Candidates> candidates = new ArrayList<>(message.getCandidatesCount());
    for (final StateProto.Candidates some : message.getCandidatesList()) {
      candidates.add(DecodedFormat.candidates(some.getClassesList()));
    }
    return candidates;
  }
}
