/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.throughput;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.MlpSpec;
import io.evergrad.operators.metrics.Progress;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class ThroughputResultTest {
  private static final LearnerSettings SETTINGS =
      LearnerSettings.builder(new MlpSpec(2, List.of(), 2, Activation.RELU)).build();

  @Test
  void ratiosAreToTheBareLoopBeforeAndAfter() {
    final List<Timing> job = rates(1200, 700, 100);
    final ThroughputResult result = result(rates(1000, 2000, 500, 1500), job);

    assertThat(result.ratios(job)).containsExactly(0.8, 0.56, 0.1);
    assertThat(result.ratio(job)).isEqualTo(0.56);
  }

  @Test
  void ratiosToStepsLeaveOutWhatTheLoopDoesAtEndsOfTasks() {
    final List<Timing> job = rates(800);
    final LoopTiming loop = new LoopTiming(1000, 1, 0.25);
    final ThroughputResult result =
        new ThroughputResult(SETTINGS, 0.1, List.of(loop, loop), job, job);

    assertThat(result.ratios(job)).containsExactly(1.0);
    assertThat(result.ratiosToSteps(job)).containsExactly(0.8);
  }

  @Test
  void passesByTheTopicFilledBeforehand() {
    assertThat(result(rates(800, 1200), rates(850)).passed()).isTrue();
    assertThat(result(rates(800, 1200), rates(849)).passed()).isFalse();
  }

  @Test
  void refusesRunsOfOtherRepetitions() {
    assertThatThrownBy(() -> result(rates(1000), rates(850)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("one more of the loop");
    assertThatThrownBy(() -> result(rates(1000), rates()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("one more of the loop");
    assertThatThrownBy(
            () ->
                new ThroughputResult(
                    SETTINGS, 0.1, loops(rates(1000, 1000)), rates(850), rates(850, 850)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("as many of both");
  }

  @Test
  void jobIsTimedFromTheFirstToTheLastProgressRecord() {
    final Timing timing =
        Timing.of(List.of(progress(100, 1), progress(300, 50), progress(350, 25)));

    assertThat(timing.examples()).isEqualTo(250);
    assertThat(timing.seconds()).isCloseTo(200.0 / 50 + 50.0 / 25, within(1e-12));
  }

  @Test
  void jobIsTimedFromTheEndOfItsFirstTask() {
    final Timing timing =
        Timing.afterFirstTask(
            List.of(
                progress("t1", 100, 1),
                progress("t1", 300, 50),
                progress("t2", 350, 25),
                progress("t3", 400, 5)));

    assertThat(timing.examples()).isEqualTo(100);
    assertThat(timing.seconds()).isCloseTo(50.0 / 25 + 50.0 / 5, within(1e-12));
  }

  @Test
  void refusesAStreamThatEndsBeforeTheClockStarts() {
    assertThatThrownBy(() -> Timing.of(List.of(progress(100, 1))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("more tasks or examples");
    assertThatThrownBy(() -> Timing.afterFirstTask(List.of(progress(100, 1), progress(200, 1))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("more tasks or examples");
    assertThatThrownBy(() -> Timing.afterFirstTask(List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("more tasks or examples");
  }

  private static ThroughputResult result(final List<Timing> loop, final List<Timing> filled) {
    final List<Timing> sending = Collections.nCopies(filled.size(), new Timing(1, 1));
    return new ThroughputResult(SETTINGS, 0.1, loops(loop), filled, sending);
  }

  private static List<LoopTiming> loops(final List<Timing> timings) {
    return timings.stream()
        .map(timing -> new LoopTiming(timing.examples(), timing.seconds(), 0))
        .toList();
  }

  private static List<Timing> rates(final long... examplesPerSecond) {
    return Arrays.stream(examplesPerSecond).mapToObj(rate -> new Timing(rate, 1)).toList();
  }

  private static Progress progress(final long examples, final double examplesPerSecond) {
    return progress("t1", examples, examplesPerSecond);
  }

  private static Progress progress(
      final String task, final long examples, final double examplesPerSecond) {
    return new Progress("model", task, 1, examples, 0.5, 1, examplesPerSecond);
  }
}
