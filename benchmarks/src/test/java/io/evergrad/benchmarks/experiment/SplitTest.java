/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import io.evergrad.jobs.data.BundledFashionMnist;
import io.evergrad.jobs.data.IdxDataset;
import io.evergrad.jobs.data.LabelledImages;
import org.junit.jupiter.api.Test;

class SplitTest {
  private final IdxDataset data = BundledFashionMnist.load();

  @Test
  void validationHoldsOutTheLastSixthOfTheTrainingImagesAndLearnsTheRest() {
    final IdxDataset split = Split.VALIDATION.of(data);

    assertThat(split.heldOut().size()).isEqualTo(10_000 / 6);
    assertThat(split.train().size()).isEqualTo(10_000 - 10_000 / 6);
    assertThat(split.classes()).isEqualTo(10);
    assertSame(split.train(), 0);
    assertSame(split.heldOut(), split.train().size());
  }

  @Test
  void testLearnsAllAndHoldsOutTheTestImages() {
    assertThat(Split.TEST.of(data)).isEqualTo(data);
  }

  @Test
  void splitsHaveDigestsOfTheirOwn() {
    assertThat(DataDigest.of(Split.VALIDATION.of(data)))
        .isEqualTo(DataDigest.of(Split.VALIDATION.of(BundledFashionMnist.load())))
        .isNotEqualTo(DataDigest.of(data));
  }

  /** Every image is the training image at its position, so no two parts share one. */
  private void assertSame(final LabelledImages part, final int from) {
    for (int i = 0; i < part.size(); i++) {
      assertThat(part.label(i)).isEqualTo(data.train().label(from + i));
      assertThat(part.image(i)).isEqualTo(data.train().image(from + i));
    }
  }
}
