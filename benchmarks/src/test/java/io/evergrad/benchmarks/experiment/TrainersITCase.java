/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.curvature.learning.LearnerSettings.Rule;
import io.evergrad.jobs.config.EvergradOptions;
import io.evergrad.jobs.data.BundledFashionMnist;
import io.evergrad.jobs.report.ProgressLine;
import io.evergrad.jobs.stream.Scenario;
import io.evergrad.jobs.stream.TaskStream;
import io.evergrad.operators.evaluation.AccuracyMatrix;
import io.evergrad.operators.metrics.Evaluation;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The loop stands for the job: it has to give the very same accuracies. */
class TrainersITCase {
  /** Not a multiple of the batch size, so every task ends with a partial micro-batch. */
  private static final int EXAMPLES = 1_000;

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
        new TaskStream(BundledFashionMnist.load(), Scenario.PERMUTED, 3, EXAMPLES, 11);

    final AccuracyMatrix loop = train(Through.LOOP, method, stream);
    final AccuracyMatrix job = train(Through.JOB, method, stream);

    assertThat(counts(loop)).hasSize(3 + 2 + 1).isEqualTo(counts(job));
    assertThat(loop.learningAccuracy()).isBetween(0.3, 0.95);
  }

  @Test
  void bothTellThatLearningDiverged() {
    final Method wild =
        Method.of(Rule.SGD, Protection.NONE).with(EvergradOptions.LEARNING_RATE, 1e30);
    final TaskStream stream =
        new TaskStream(BundledFashionMnist.load(), Scenario.PERMUTED, 1, EXAMPLES, 11);

    for (final Through through : Through.values()) {
      assertThatThrownBy(() -> train(through, wild, stream))
          .as(through.name())
          .isInstanceOf(DivergedException.class)
          .hasMessageContaining("not finite");
    }
  }

  private static AccuracyMatrix train(
      final Through through, final Method method, final TaskStream stream) throws Exception {
    try (ProgressLine line = new ProgressLine(stream.examples())) {
      return through.trainer().train(method, 11, stream, line);
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
