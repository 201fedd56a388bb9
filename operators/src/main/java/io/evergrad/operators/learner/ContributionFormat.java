/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.learner;

import io.evergrad.curvature.learning.Share;
import io.evergrad.curvature.learning.TaskEvidence;
import io.evergrad.operators.state.Format;
import io.evergrad.operators.state.ShareFormat;
import io.evergrad.operators.state.StateProto;
import java.io.IOException;
import java.util.Optional;

/** The bytes of a {@link Contribution} between operators. */
public final class ContributionFormat implements Format<Contribution> {
  private static final long serialVersionUID = 1L;

  @Override
  public int getVersion() {
    return 1;
  }

  @Override
  public byte[] serialize(final Contribution contribution) {
    final StateProto.Contribution.Builder message =
        StateProto.Contribution.newBuilder()
            .setLearner(contribution.learner())
            .setTask(contribution.task())
            .setCounts(LearnerCountsFormat.message(contribution.counts()));
    contribution.share().ifPresent(share -> message.setShare(ShareFormat.message(share)));
    contribution.end().ifPresent(end -> message.setEvidence(ShareFormat.message(end)));
    return message.build().toByteArray();
  }

  @Override
  public Contribution deserialize(final int version, final byte[] bytes) throws IOException {
    requireVersion(version);
    final StateProto.Contribution message = StateProto.Contribution.parseFrom(bytes);
    final Optional<Share> share =
        message.hasShare() ? Optional.of(ShareFormat.share(message.getShare())) : Optional.empty();
    final Optional<TaskEvidence> end =
        message.hasEvidence()
            ? Optional.of(ShareFormat.evidence(message.getEvidence()))
            : Optional.empty();
    try {
      return new Contribution(
          message.getLearner(),
          message.getTask(),
          share,
          end,
          LearnerCountsFormat.counts(message.getCounts()));
    } catch (final IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
