/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.curvature.learning.LearnerSettings.Rule;
import io.evergrad.jobs.config.EvergradOptions;
import io.evergrad.jobs.stream.Scenario;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutcomeLogTest {
  private static final Method METHOD =
      Method.of(Rule.ADAM, Protection.EWC).with(EvergradOptions.STRENGTH, 316.0);
  private static final Experiment EXPERIMENT = experiment(METHOD, 1, Split.TEST, "data", 5, "code");
  private static final Outcome OUTCOME =
      new Outcome(
          0.1 + 0.2, 0.01, -0.01, 0.9, List.of(List.of(0.9, Double.NaN), List.of(0.8, 0.7)), 12.5);

  @TempDir private Path directory;
  private Path path;

  @BeforeEach
  void choosePath() {
    path = directory.resolve("new").resolve("runs.jsonl");
  }

  @Test
  void givesBackWhatAnEarlierProgramLogged() throws IOException {
    try (OutcomeLog log = OutcomeLog.open(path)) {
      assertThat(log.find(EXPERIMENT)).isEmpty();
      log.add(EXPERIMENT, OUTCOME);
      assertThat(log.find(EXPERIMENT)).hasValue(OUTCOME);
    }
    try (OutcomeLog log = OutcomeLog.open(path)) {
      assertThat(log.find(EXPERIMENT)).hasValue(OUTCOME);
    }
  }

  @Test
  void tellsExperimentsApartByAllTheyDependOn() throws IOException {
    try (OutcomeLog log = OutcomeLog.open(path)) {
      log.add(EXPERIMENT, OUTCOME);
    }
    try (OutcomeLog log = OutcomeLog.open(path)) {
      final Method other = METHOD.with(EvergradOptions.STRENGTH, 317.0);
      assertThat(log.find(experiment(other, 1, Split.TEST, "data", 5, "code"))).isEmpty();
      assertThat(log.find(experiment(METHOD, 2, Split.TEST, "data", 5, "code"))).isEmpty();
      assertThat(log.find(experiment(METHOD, 1, Split.VALIDATION, "data", 5, "code"))).isEmpty();
      assertThat(log.find(experiment(METHOD, 1, Split.TEST, "other", 5, "code"))).isEmpty();
      assertThat(log.find(experiment(METHOD, 1, Split.TEST, "data", 6, "code"))).isEmpty();
      assertThat(log.find(experiment(METHOD, 1, Split.TEST, "data", 5, "other"))).isEmpty();
      assertThat(log.find(experiment(METHOD, 1, Split.TEST, "data", 5, "code"))).isPresent();
    }
  }

  @Test
  void keepsADivergedOutcome() throws IOException {
    try (OutcomeLog log = OutcomeLog.open(path)) {
      log.add(EXPERIMENT, Outcome.diverged(3));
    }
    try (OutcomeLog log = OutcomeLog.open(path)) {
      assertThat(log.find(EXPERIMENT))
          .hasValueSatisfying(o -> assertThat(o.hasDiverged()).isTrue());
    }
  }

  @Test
  void removesALineThatWasNotWrittenToItsEnd() throws IOException {
    final Experiment second = experiment(METHOD, 2, Split.TEST, "data", 5, "code");
    try (OutcomeLog log = OutcomeLog.open(path)) {
      log.add(EXPERIMENT, OUTCOME);
    }
    Files.writeString(path, "{\"experiment\":{\"méth", StandardOpenOption.APPEND);

    try (OutcomeLog log = OutcomeLog.open(path)) {
      assertThat(log.find(EXPERIMENT)).hasValue(OUTCOME);
      log.add(second, OUTCOME);
    }

    try (OutcomeLog log = OutcomeLog.open(path)) {
      assertThat(log.find(EXPERIMENT)).hasValue(OUTCOME);
      assertThat(log.find(second)).hasValue(OUTCOME);
    }
    assertThat(Files.readAllLines(path)).hasSize(2);
  }

  @Test
  void namesALineThatIsNotAnOutcome() throws IOException {
    try (OutcomeLog log = OutcomeLog.open(path)) {
      log.add(EXPERIMENT, OUTCOME);
    }
    Files.writeString(path, "nonsense\n", StandardOpenOption.APPEND);

    assertThatThrownBy(() -> OutcomeLog.open(path))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("runs.jsonl line 2");
  }

  @Test
  void isOpenOnce() throws IOException {
    try (OutcomeLog log = OutcomeLog.open(path)) {
      assertThatThrownBy(() -> OutcomeLog.open(path))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("in use");
      log.add(EXPERIMENT, OUTCOME);
    }
  }

  private static Experiment experiment(
      final Method method,
      final long seed,
      final Split split,
      final String data,
      final int tasks,
      final String code) {
    return new Experiment(
        method,
        seed,
        split,
        data,
        new StreamDefinition(Scenario.PERMUTED, tasks, 0),
        Through.LOOP,
        code);
  }
}
