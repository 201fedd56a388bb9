/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.curvature.learning.LearnerSettings.Rule;
import io.evergrad.jobs.config.EvergradOptions;
import io.evergrad.jobs.data.BundledFashionMnist;
import io.evergrad.jobs.demo.Demo;
import io.evergrad.jobs.demo.WorkDirectory;
import io.evergrad.jobs.report.ProgressLine;
import io.evergrad.jobs.stream.Scenario;
import io.evergrad.jobs.stream.TaskStream;
import io.evergrad.operators.evaluation.AccuracyMatrix;
import io.evergrad.operators.metrics.Evaluation;
import io.evergrad.operators.pipeline.TrainingSettings;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The loop stands for the job: it has to give the very same accuracies. */
class TrainersITCase {
  /** Not a multiple of the batch size, so every task ends with a partial micro-batch. */
  private static final int EXAMPLES = 1_000;

  private static final long SEED = 11;

  static Stream<Method> methods() {
    return Stream.of(
        Method.of(Rule.SYMMETRY, Protection.SYMMETRY),
        Method.of(Rule.ADAM, Protection.EWC)
            .with(EvergradOptions.STRENGTH, 3.16e4)
            .with(EvergradOptions.LEARNING_RATE, 1e-3));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void loopAndJobCountTheSameCorrectAnswers(final Method method) throws Exception {
    final TaskStream stream =
        new TaskStream(BundledFashionMnist.load(), Scenario.PERMUTED, 3, EXAMPLES, SEED);

    final AccuracyMatrix loop = loop(method, stream).matrix();
    final AccuracyMatrix job = job(method, stream);

    assertThat(counts(loop)).hasSize(3 + 2 + 1).isEqualTo(counts(job));
    assertThat(loop.learningAccuracy()).isBetween(0.3, 0.95);
  }

  @Test
  void bothTellThatLearningDiverged() {
    final Method wild =
        Method.of(Rule.SGD, Protection.NONE).with(EvergradOptions.LEARNING_RATE, 1e30);
    final TaskStream stream =
        new TaskStream(BundledFashionMnist.load(), Scenario.PERMUTED, 1, EXAMPLES, SEED);

    assertThatThrownBy(() -> loop(wild, stream))
        .isInstanceOf(DivergedException.class)
        .hasMessageContaining("not finite");
    assertThatThrownBy(() -> job(wild, stream)).hasStackTraceContaining("not finite");
  }

  @Test
  void measuresOnTheWayWithoutChangingWhatIsLearned() throws Exception {
    final Method method = Method.of(Rule.ADAMW, Protection.NONE);
    final TaskStream stream =
        new TaskStream(BundledFashionMnist.load(), Scenario.PERMUTED, 1, 13_100, SEED);

    final Training plain = loop(method, stream);
    final Training measured = LoopTrainer.train(settings(method, stream), stream, 51);

    assertThat(counts(measured.matrix())).isEqualTo(counts(plain.matrix()));
    assertThat(measured.curve())
        .extracting(CurvePoint::examples)
        .containsExactly(51 * 128L, 102 * 128L);
    // The last measurement is after all examples.
    assertThat(measured.curve().get(1).accuracy())
        .isCloseTo(plain.matrix().averageAccuracy(), Offset.offset(0.05));
    // From ln 10 at the start to about 0.5.
    assertThat(measured.earlyLoss()).isEqualTo(plain.earlyLoss()).isBetween(0.3, 1.5);
    assertThat(measured.examples()).isEqualTo(13_100);
  }

  @Test
  void tasksAtOnceAreNotForgotten() throws Exception {
    final Method method = Method.of(Rule.ADAMW, Protection.NONE);
    final StreamDefinition joint = StreamDefinition.ofImages(Scenario.ROTATED, 3, 2_000, 500, true);
    final TaskStream stream = joint.stream(BundledFashionMnist.load(), SEED);

    final AccuracyMatrix matrix =
        LoopTrainer.train(settings(method, stream), joint.records(stream, SEED), 0).matrix();

    assertThat(matrix.tasks()).hasSize(3);
    assertThat(matrix.forgetting()).isZero();
    assertThat(matrix.averageAccuracy()).isGreaterThan(0.6);
  }

  private static Training loop(final Method method, final TaskStream stream)
      throws DivergedException {
    return LoopTrainer.train(settings(method, stream), stream, 0);
  }

  private static TrainingSettings settings(final Method method, final TaskStream stream) {
    return method.configuration(SEED, stream).training();
  }

  private static AccuracyMatrix job(final Method method, final TaskStream stream) throws Exception {
    try (ProgressLine line = new ProgressLine(stream.examples());
        WorkDirectory work = new WorkDirectory()) {
      return new Demo(stream, method.options(SEED), Demo.Feed.ALONGSIDE, work.resolve("store"))
          .run(line)
          .matrix();
    }
  }

  /** Everything but the model's name. */
  private static List<Evaluation> counts(final AccuracyMatrix matrix) {
    return matrix.evaluations().stream()
        .map(
            evaluation ->
                new Evaluation(
                    "model",
                    evaluation.afterTask(),
                    evaluation.afterTasks(),
                    evaluation.task(),
                    evaluation.correct(),
                    evaluation.examples(),
                    evaluation.predictions(),
                    evaluation.loss()))
        .toList();
  }
}
