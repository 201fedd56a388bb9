/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.forgetting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.evergrad.benchmarks.experiment.Method;
import io.evergrad.benchmarks.experiment.Outcome;
import io.evergrad.benchmarks.experiment.StreamDefinition;
import io.evergrad.benchmarks.experiment.Through;
import io.evergrad.benchmarks.measure.Machine;
import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.curvature.learning.LearnerSettings.Rule;
import io.evergrad.jobs.stream.Scenario;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ForgettingReportTest {
  private static final Method EWC = Method.of(Rule.ADAM, Protection.EWC);

  @Test
  void barsCompareMediansOverTheSeeds() {
    final ForgettingResult result = result(0.83);

    assertThat(result.bars()).map(Bar::measured).containsExactly(0.87, 0.005, 0.87 - 0.83, 0.37);
    assertThat(result.bars()).allMatch(Bar::passed);
    assertThat(result.passed()).isTrue();
  }

  @Test
  void oneMissedBarIsEnough() {
    final ForgettingResult result = result(0.85);

    assertThat(result.bars()).map(Bar::passed).containsExactly(true, true, false, true);
    assertThat(result.passed()).isFalse();
  }

  @Test
  void aRunThatDivergedPassesNoBar() {
    assertThat(result(Double.NaN).passed()).isFalse();
  }

  @Test
  void tablesNameWhatWasChosenAndMissed() {
    final String markdown =
        new ForgettingReport(result(0.85), setting(60_000, List.of(1L, 2L, 3L))).markdown();

    assertThat(markdown)
        .contains("| symmetry | defaults | 0.8700 (0.8600, 0.8700, 0.8800) | 0.0050 ")
        .contains("| ewc | defaults | 0.8500 (0.8500, 0.8500, 0.8500) |")
        .contains("| average accuracy above that of ewc | 0.0200 | ≥ 0.03 | **missed** |")
        .contains("| defaults | 0.8000 | 0.0050 | 0.9000 | chosen |")
        .contains("This is the setting that they are stated for.");
  }

  @Test
  void jsonIsComplete() throws Exception {
    final JsonNode json =
        JsonMapper.builder()
            .build()
            .readTree(
                new ForgettingReport(result(Double.NaN), setting(10_000, List.of(1L))).json());

    assertThat(json.at("/bars_apply").booleanValue()).isFalse();
    assertThat(json.at("/passed").booleanValue()).isFalse();
    assertThat(json.at("/setting/train_images").intValue()).isEqualTo(10_000);
    assertThat(json.at("/methods/0/average_accuracy").doubleValue()).isEqualTo(0.87);
    assertThat(json.at("/methods/1/average_accuracy").isNull()).isTrue();
    assertThat(json.at("/methods/0/runs/2/seed").intValue()).isEqualTo(3);
    assertThat(json.at("/bars/0/at_least").doubleValue()).isEqualTo(0.862);
    assertThat(json.at("/bars/1/at_most").doubleValue()).isEqualTo(0.007);
    assertThat(json.at("/validation/adam+ewc/0/average_accuracy").doubleValue()).isEqualTo(0.8);
    assertThat(json.at("/setting/machine/cores").intValue()).isEqualTo(2);
  }

  @Test
  void barsAreStatedForFullDataFiveTasksOnePassAndThreeSeeds() {
    final List<Long> three = List.of(1L, 2L, 3L);

    assertThat(setting(60_000, three).barsApply()).isTrue();
    assertThat(setting(10_000, three).barsApply()).isFalse();
    assertThat(setting(60_000, List.of(1L, 2L)).barsApply()).isFalse();
  }

  @Test
  void choosingAndReportingUseDifferentSeeds() {
    assertThatThrownBy(() -> new ForgettingComparison(List.of(1L, 2L), 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("validation seed 2");
    assertThatThrownBy(() -> new ForgettingComparison(List.of(1L, 1L), 2))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ForgettingComparison(List.of(), 2))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static ForgettingResult result(final double ewc) {
    final Trial trial = new Trial(EWC, outcome(0.8));
    final Reported none = reported("none", Method.of(Rule.ADAM, Protection.NONE), 0.5, 0.1, 0.6);
    return new ForgettingResult(
        reported("symmetry", Method.of(Rule.SYMMETRY, Protection.SYMMETRY), 0.86, 0.87, 0.88),
        reported("ewc", EWC, ewc, ewc, ewc),
        none,
        none,
        List.of(trial),
        List.of(),
        List.of());
  }

  private static Reported reported(
      final String label, final Method method, final double... accuracies) {
    final SortedMap<Long, Outcome> outcomes = new TreeMap<>();
    for (final double accuracy : accuracies) {
      outcomes.put(outcomes.size() + 1L, outcome(accuracy));
    }
    return new Reported(label, method, outcomes);
  }

  private static Outcome outcome(final double accuracy) {
    return new Outcome(accuracy, 0.005, -0.005, 0.9, List.of(List.of(accuracy)), 1);
  }

  private static Setting setting(final int trainImages, final List<Long> seeds) {
    return new Setting(
        trainImages,
        10_000,
        "data",
        new StreamDefinition(Scenario.PERMUTED, 5, 0),
        seeds,
        101,
        Through.LOOP,
        "version",
        "code",
        new Machine(2, "cpu", "jvm", "os", 1024));
  }
}
