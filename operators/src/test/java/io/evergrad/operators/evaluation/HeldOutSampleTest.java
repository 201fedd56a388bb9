/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.evergrad.curvature.network.Candidates;
import io.evergrad.operators.decode.Features;
import io.evergrad.operators.evaluation.HeldOutSample.HeldOut;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class HeldOutSampleTest {
  private static final Features FEATURES = Features.of(1, 2);

  @Test
  void keepsEverythingUpToTheLimit() {
    final HeldOutSample sample = sample(1, 10, 10);

    assertThat(indices(sample.first(10))).containsExactlyElementsOf(upTo(10));
    assertThat(indices(sample.first(4))).containsExactlyElementsOf(upTo(4));
  }

  @Test
  void whatIsSampledDoesNotDependOnHowManyMoreArrived() {
    for (final long n : new long[] {5, 10, 11, 40, 99, 100}) {
      assertThat(indices(sample(1, 10, 1_000).first(n)))
          .isEqualTo(indices(sample(1, 10, (int) n).first(n)))
          .hasSize((int) Math.min(n, 10));
    }
  }

  @Test
  void forgettingChangesNoLaterSample() {
    final HeldOutSample whole = sample(1, 10, 1_000);
    final HeldOutSample forgetful = sample(1, 10, 1_000);
    forgetful.forgetBefore(300);

    assertThat(indices(forgetful.first(300))).isEqualTo(indices(whole.first(300)));
    assertThat(indices(forgetful.first(1_000))).isEqualTo(indices(whole.first(1_000)));
    assertThat(forgetful.state("t").kept()).hasSizeLessThan(whole.state("t").kept().size());
  }

  @Test
  void goesOnFromItsState() {
    final HeldOutSample whole = sample(1, 10, 500);
    final HeldOutSample half = sample(1, 10, 250);
    half.forgetBefore(100);
    final HeldOutSample restored = HeldOutSample.restore(half.state("t"), 1, 10);
    add(restored, 250);

    assertThat(restored.seen()).isEqualTo(500);
    assertThat(indices(restored.first(500))).isEqualTo(indices(whole.first(500)));
    assertThat(indices(restored.first(260))).isEqualTo(indices(whole.first(260)));
  }

  @Test
  void keepsFewMoreThanTheLimit() {
    assertThat(sample(3, 100, 100_000).state("t").kept()).hasSizeLessThan(1_500);
  }

  @Test
  void samplesEarlyAndLateExamplesAlike() {
    double mean = 0;
    for (int seed = 0; seed < 200; seed++) {
      mean +=
          indices(sample(seed, 10, 1_000).first(1_000)).stream()
              .mapToLong(Long::longValue)
              .average()
              .orElseThrow();
    }
    // Standard error of the mean of 2,000 uniform indices: 289 / sqrt(2000) = 6.5.
    assertThat(mean / 200).isEqualTo(499.5, within(26.0));
  }

  private static HeldOutSample sample(final long seed, final int limit, final int examples) {
    final HeldOutSample sample = new HeldOutSample("t", seed, limit);
    add(sample, examples);
    return sample;
  }

  private static void add(final HeldOutSample sample, final int examples) {
    for (int i = 0; i < examples; i++) {
      sample.add(FEATURES, 0, Candidates.ALL);
    }
  }

  private static List<Long> indices(final List<HeldOut> examples) {
    return examples.stream().map(HeldOut::index).toList();
  }

  private static List<Long> upTo(final long n) {
    return LongStream.range(0, n).boxed().toList();
  }
}
