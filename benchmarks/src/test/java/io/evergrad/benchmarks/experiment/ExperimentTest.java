/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import io.evergrad.jobs.config.EvergradOptions;
import io.evergrad.jobs.stream.Scenario;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ExperimentTest {
  private static final SortedMap<String, String> DEFAULTS = new TreeMap<>();
  private static final SortedMap<String, String> SMALL_BATCHES =
      new TreeMap<>(Map.of(EvergradOptions.BATCH_SIZE.key(), "16"));
  private static final StreamDefinition IMAGES =
      StreamDefinition.ofImages(Scenario.PERMUTED, 3, 0, 0, false);
  private static final StreamDefinition TEXTS = StreamDefinition.ofTexts(3, 1_280, 400);

  private static Experiment experiment(
      final SortedMap<String, String> options, final StreamDefinition stream, final int interval) {
    return new Experiment(options, 1, Split.TEST, stream, interval);
  }

  /** 1,280 examples are 10 steps of 128, or 80 of 16: a tenth of them are points of the curve. */
  @Test
  void judgesAfterEachTaskAndAtEachPointOfTheCurve() {
    assertThat(experiment(DEFAULTS, IMAGES, 0).work(1_280, 100)).isEqualTo(1_280 + 20 * 2);
    assertThat(experiment(DEFAULTS, IMAGES, 10).work(1_280, 100)).isEqualTo(1_280 + 20 * (2 + 1));
    assertThat(experiment(SMALL_BATCHES, TEXTS, 10).work(1_280, 100))
        .isEqualTo(1_280 + 20 * (2 + 8));
    assertThat(experiment(DEFAULTS, IMAGES.joint(true), 0).work(1_280, 100))
        .isEqualTo(1_280 + 20 * 3);
  }

  @Test
  void isTimedOnLittleAndOnLessOfTexts() {
    assertThat(experiment(DEFAULTS, IMAGES, 16).brief().stream())
        .isEqualTo(StreamDefinition.ofImages(Scenario.PERMUTED, 2, 6_000, 1_500, false));
    assertThat(experiment(SMALL_BATCHES, TEXTS, 0).brief().stream())
        .isEqualTo(StreamDefinition.ofTexts(2, 160, 40));
  }
}
