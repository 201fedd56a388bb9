/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.consolidation;

import io.evergrad.operators.consolidation.MergerState.OpenTask;
import io.evergrad.operators.consolidation.MergerState.Part;
import io.evergrad.operators.consolidation.MergerState.Place;
import io.evergrad.operators.learner.LearnerCountsFormat;
import io.evergrad.operators.state.Format;
import io.evergrad.operators.state.ShareFormat;
import io.evergrad.operators.state.StateProto;
import io.evergrad.operators.state.TensorFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The bytes of a {@link MergerState} in a checkpoint. */
public final class MergerStateFormat implements Format<MergerState> {
  private static final long serialVersionUID = 1L;

  @Override
  public int getVersion() {
    return 1;
  }

  @Override
  public byte[] serialize(final MergerState state) {
    final StateProto.Merger.Builder message =
        StateProto.Merger.newBuilder()
            .setSnapshot(TensorFormat.message(state.snapshot()))
            .setRound(state.round());
    for (final Place place : state.learners()) {
      message.addLearners(
          StateProto.MergerLearner.newBuilder()
              .setPosition(place.position())
              .setEnds(place.ends())
              .setCounts(LearnerCountsFormat.message(place.counts())));
    }
    for (final OpenTask open : state.open()) {
      final StateProto.MergerTask.Builder task =
          StateProto.MergerTask.newBuilder().setTask(open.task());
      open.parts().forEach((learner, part) -> task.addParts(message(learner, part)));
      message.addOpen(task);
    }
    return message.build().toByteArray();
  }

  private static StateProto.MergerPart message(final int learner, final Part part) {
    final StateProto.MergerPart.Builder message =
        StateProto.MergerPart.newBuilder()
            .setLearner(learner)
            .setCounts(LearnerCountsFormat.message(part.counts()));
    part.share().ifPresent(share -> message.setShare(ShareFormat.message(share)));
    part.end().ifPresent(end -> message.setEvidence(ShareFormat.message(end)));
    return message.build();
  }

  @Override
  public MergerState deserialize(final int version, final byte[] bytes) throws IOException {
    requireVersion(version);
    final StateProto.Merger message = StateProto.Merger.parseFrom(bytes);
    final List<Place> learners = new ArrayList<>();
    for (final StateProto.MergerLearner place : message.getLearnersList()) {
      learners.add(
          new Place(
              place.getPosition(), place.getEnds(), LearnerCountsFormat.counts(place.getCounts())));
    }
    final List<OpenTask> open = new ArrayList<>();
    for (final StateProto.MergerTask task : message.getOpenList()) {
      final SortedMap<Integer, Part> parts = new TreeMap<>();
      for (final StateProto.MergerPart part : task.getPartsList()) {
        parts.put(part.getLearner(), part(part));
      }
      open.add(new OpenTask(task.getTask(), parts));
    }
    return new MergerState(
        TensorFormat.snapshot(message.getSnapshot()), message.getRound(), learners, open);
  }

  private static Part part(final StateProto.MergerPart message) throws IOException {
    return new Part(
        message.hasShare() ? Optional.of(ShareFormat.share(message.getShare())) : Optional.empty(),
        message.hasEvidence()
            ? Optional.of(ShareFormat.evidence(message.getEvidence()))
            : Optional.empty(),
        LearnerCountsFormat.counts(message.getCounts()));
  }
}
