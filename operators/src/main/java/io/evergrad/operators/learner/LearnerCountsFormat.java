/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.learner;

import io.evergrad.operators.state.CountFormat;
import io.evergrad.operators.state.StateProto;

/** {@link LearnerCounts} as a Protobuf message. */
public final class LearnerCountsFormat {
  private LearnerCountsFormat() {}

  /** The message for counts. */
  public static StateProto.LearnerCounts message(final LearnerCounts counts) {
    return StateProto.LearnerCounts.newBuilder()
        .setHandIns(counts.handIns())
        .addAllHeldOut(CountFormat.messages(counts.heldOut()))
        .addAllOffsets(CountFormat.messages(counts.offsets()))
        .build();
  }

  /** The counts in a message. */
  public static LearnerCounts counts(final StateProto.LearnerCounts message) {
    return new LearnerCounts(
        message.getHandIns(),
        CountFormat.counts(message.getHeldOutList()),
        CountFormat.counts(message.getOffsetsList()));
  }
}
