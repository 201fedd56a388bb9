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
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutcomeLogTest {
  private static final Method METHOD =
      Method.of(Rule.ADAM, Protection.EWC).with(EvergradOptions.STRENGTH, 316.0);
  private static final Experiment EXPERIMENT = experiment(METHOD, 1, Split.TEST, 5);
  private static final Outcome OUTCOME =
      new Outcome(
          0.1 + 0.2,
          0.01,
          -0.01,
          0.9,
          Double.NaN,
          0.45,
          0.1,
          0.4,
          List.of(0.8, 0.7),
          List.of(0.4, 0.5),
          List.of(new CurvePoint(2048, 0.75)),
          10,
          1e4,
          12.5);
  private static final Logged LOGGED = logged(EXPERIMENT, "code", OUTCOME);

  @TempDir private Path directory;
  private Path path;

  @BeforeEach
  void choosePath() {
    path = directory.resolve("new").resolve("runs.jsonl");
  }

  @Test
  void givesBackWhatAnEarlierProgramLogged() throws IOException {
    try (OutcomeLog log = OutcomeLog.open(path)) {
      assertThat(find(log, EXPERIMENT)).isEmpty();
      log.add(LOGGED);
      assertThat(find(log, EXPERIMENT)).hasValue(LOGGED);
    }
    try (OutcomeLog log = OutcomeLog.open(path)) {
      assertThat(find(log, EXPERIMENT)).hasValue(LOGGED);
    }
  }

  @Test
  void tellsExperimentsApartByAllTheyDependOn() throws IOException {
    try (OutcomeLog log = OutcomeLog.open(path)) {
      log.add(LOGGED);
    }
    try (OutcomeLog log = OutcomeLog.open(path)) {
      final Method other = METHOD.with(EvergradOptions.STRENGTH, 317.0);
      assertThat(find(log, experiment(other, 1, Split.TEST, 5))).isEmpty();
      assertThat(find(log, experiment(METHOD, 2, Split.TEST, 5))).isEmpty();
      assertThat(find(log, experiment(METHOD, 1, Split.VALIDATION, 5))).isEmpty();
      assertThat(find(log, experiment(METHOD, 1, Split.TEST, 6))).isEmpty();
      assertThat(log.find(EXPERIMENT, "other", "code", Trust.ALL)).isEmpty();
      assertThat(log.find(EXPERIMENT, "data", "other", Trust.NONE)).isEmpty();
      assertThat(find(log, experiment(METHOD, 1, Split.TEST, 5))).isPresent();
    }
  }

  @Test
  void trustsTheLatestOutcomeOfAnotherCodeWhereItIsToldTo() throws IOException {
    final Experiment ours =
        experiment(Method.of(Rule.SYMMETRY, Protection.SYMMETRY), 1, Split.TEST, 5);
    try (OutcomeLog log = OutcomeLog.open(path)) {
      log.add(logged(EXPERIMENT, "older", Outcome.diverged(1)));
      log.add(logged(EXPERIMENT, "old", OUTCOME));
      log.add(logged(ours, "old", OUTCOME));

      assertThat(log.find(EXPERIMENT, "data", "new", Trust.BASELINES))
          .hasValue(logged(EXPERIMENT, "old", OUTCOME));
      assertThat(log.find(ours, "data", "new", Trust.BASELINES)).isEmpty();
      assertThat(log.find(ours, "data", "new", Trust.ALL)).isPresent();
      // What is of this code goes first.
      assertThat(log.find(EXPERIMENT, "data", "older", Trust.ALL))
          .hasValueSatisfying(logged -> assertThat(logged.code()).isEqualTo("older"));
    }
  }

  @Test
  void keepsADivergedOutcome() throws IOException {
    try (OutcomeLog log = OutcomeLog.open(path)) {
      log.add(logged(EXPERIMENT, "code", Outcome.diverged(3)));
    }
    try (OutcomeLog log = OutcomeLog.open(path)) {
      assertThat(find(log, EXPERIMENT))
          .hasValueSatisfying(l -> assertThat(l.outcome().hasDiverged()).isTrue());
    }
  }

  @Test
  void removesALineThatWasNotWrittenToItsEnd() throws IOException {
    final Experiment second = experiment(METHOD, 2, Split.TEST, 5);
    try (OutcomeLog log = OutcomeLog.open(path)) {
      log.add(LOGGED);
    }
    Files.writeString(path, "{\"experiment\":{\"méth", StandardOpenOption.APPEND);

    try (OutcomeLog log = OutcomeLog.open(path)) {
      assertThat(find(log, EXPERIMENT)).hasValue(LOGGED);
      log.add(logged(second, "code", OUTCOME));
    }

    try (OutcomeLog log = OutcomeLog.open(path)) {
      assertThat(find(log, EXPERIMENT)).isPresent();
      assertThat(find(log, second)).isPresent();
    }
    assertThat(Files.readAllLines(path)).hasSize(2);
  }

  @Test
  void namesALineThatIsNotAnOutcome() throws IOException {
    try (OutcomeLog log = OutcomeLog.open(path)) {
      log.add(LOGGED);
    }
    Files.writeString(path, "nonsense\n", StandardOpenOption.APPEND);

    assertThatThrownBy(() -> OutcomeLog.open(path))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("runs.jsonl line 2");
  }

  /** A stream of images need not say that it is not of texts. */
  @Test
  void takesALineThatSaysNothingOfTexts() throws IOException {
    Files.createDirectories(path.getParent());
    Files.writeString(
        path,
        """
        {"experiment":{"options":{"evergrad.learner.rule":"ADAM","evergrad.protection.kind":"EWC",\
        "evergrad.protection.strength":"316.0"},"seed":1,"split":"TEST","stream":{"scenario":\
        "PERMUTED","tasks":5,"examplesPerTask":0,"heldOut":0,"joint":false},"curveInterval":0},\
        "data":"data","code":"code","machine":"a machine","outcome":{"averageAccuracy":\
        0.30000000000000004,"forgetting":0.01,"backwardTransfer":-0.01,"learningAccuracy":0.9,\
        "earlyLoss":"NaN","averageLoss":0.45,"lossIncrease":0.1,"learningLoss":0.4,\
        "finalAccuracies":[0.8,0.7],"finalLosses":[0.4,0.5],\
        "curve":[{"examples":2048,"accuracy":0.75}],"learningSeconds":10.0,"examplesPerSecond":\
        10000.0,"seconds":12.5}}
        """);
    final String written = Files.readString(path);

    try (OutcomeLog log = OutcomeLog.open(path)) {
      assertThat(find(log, EXPERIMENT)).hasValue(LOGGED);
      log.add(LOGGED);
    }

    assertThat(Files.readString(path)).isEqualTo(written.repeat(2));
  }

  @Test
  void tellsTextsFromImages() throws IOException {
    final Experiment texts =
        new Experiment(METHOD.options(), 1, Split.TEST, StreamDefinition.ofTexts(3, 1_280, 400), 0);
    try (OutcomeLog log = OutcomeLog.open(path)) {
      log.add(logged(texts, "code", OUTCOME));
    }
    try (OutcomeLog log = OutcomeLog.open(path)) {
      assertThat(find(log, texts)).hasValue(logged(texts, "code", OUTCOME));
      assertThat(find(log, EXPERIMENT)).isEmpty();
    }
  }

  @Test
  void isOpenOnce() throws IOException {
    try (OutcomeLog log = OutcomeLog.open(path)) {
      assertThatThrownBy(() -> OutcomeLog.open(path))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("in use");
      log.add(LOGGED);
    }
  }

  private static Optional<Logged> find(final OutcomeLog log, final Experiment experiment) {
    return log.find(experiment, "data", "code", Trust.NONE);
  }

  private static Logged logged(
      final Experiment experiment, final String code, final Outcome outcome) {
    return new Logged(experiment, "data", code, "a machine", outcome);
  }

  private static Experiment experiment(
      final Method method, final long seed, final Split split, final int tasks) {
    return new Experiment(
        method.options(),
        seed,
        split,
        StreamDefinition.ofImages(Scenario.PERMUTED, tasks, 0, 0, false),
        0);
  }
}
