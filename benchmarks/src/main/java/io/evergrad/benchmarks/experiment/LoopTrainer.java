/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import io.evergrad.curvature.learning.Judgement;
import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.learning.OnlineLearner;
import io.evergrad.curvature.learning.StepResult;
import io.evergrad.curvature.network.Candidates;
import io.evergrad.jobs.report.ProgressLine;
import io.evergrad.jobs.stream.KeyedRecord;
import io.evergrad.jobs.stream.TaskStream;
import io.evergrad.operators.decode.Batch;
import io.evergrad.operators.decode.Features;
import io.evergrad.operators.decode.Features.Encoding;
import io.evergrad.operators.evaluation.AccuracyMatrix;
import io.evergrad.operators.metrics.Evaluation;
import io.evergrad.operators.metrics.Progress;
import io.evergrad.operators.pipeline.TrainingSettings;
import io.evergrad.operators.wire.Example;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Trains in a loop in this thread: no Kafka, no Flink, no checkpoints, no versions. The order of
 * the records, the micro-batches, the ends of tasks, the batches of the evaluation, and so all
 * accuracies, are those of the job.
 */
final class LoopTrainer implements Trainer {

  @Override
  public AccuracyMatrix train(
      final Method method, final long seed, final TaskStream stream, final ProgressLine line)
      throws DivergedException {
    try (Run run = new Run(method.name(), method.configuration(seed, stream).training(), line)) {
      for (final KeyedRecord record : stream) {
        final var value = record.value();
        if (value.hasTaskEnd()) {
          run.endTask(value.getTask());
        } else if (value.getExample().getHeldOut()) {
          run.hold(value.getTask(), value.getExample());
        } else {
          run.learn(value.getTask(), value.getExample());
        }
      }
      return run.matrix;
    } catch (final ArithmeticException e) {
      throw new DivergedException(e.getMessage(), e);
    }
  }

  /** One held-out example. */
  private record HeldOut(Features features, int label, Candidates candidates) {}

  private static final class Run implements AutoCloseable {
    private final String name;
    private final TrainingSettings training;
    private final ProgressLine line;
    private final OnlineLearner learner;
    private final Batch learning;
    private final Batch judging;
    private final Encoding encoding;
    private final Map<String, List<HeldOut>> heldOut = new LinkedHashMap<>();
    private final AccuracyMatrix matrix = new AccuracyMatrix();
    private long tasks;
    private long steps;
    private long examples;
    private final long start = System.nanoTime();

    Run(final String name, final TrainingSettings training, final ProgressLine line) {
      this.name = name;
      this.training = training;
      this.line = line;
      final LearnerSettings settings = training.learner();
      learner = OnlineLearner.create(settings);
      learning = new Batch(settings.batchSize(), settings.network().inputs());
      final int judged =
          Math.max(1, training.evaluationBatchSize() / settings.network().predictions());
      judging = new Batch(judged, settings.network().inputs());
      encoding = settings.network().tokens() ? Encoding.TOKEN8 : Encoding.UINT8;
    }

    void hold(final String task, final Example example) {
      final List<HeldOut> held = heldOut.computeIfAbsent(task, id -> new ArrayList<>());
      if (held.size() == training.heldOutLimit()) {
        throw new IllegalArgumentException(
            "more than "
                + held.size()
                + " held-out examples of task "
                + task
                + ": the job would judge by a sample of them, and the loop takes none");
      }
      held.add(new HeldOut(features(example), example.getLabel(), candidates(example)));
    }

    void learn(final String task, final Example example) {
      if (learning.add(features(example), example.getLabel(), candidates(example))) {
        step(task);
      }
    }

    void endTask(final String task) {
      if (!learning.isEmpty()) {
        step(task);
      }
      learner.endTask();
      tasks++;
      heldOut.forEach(
          (heldOutTask, held) -> {
            final Judgement judged = judge(held);
            matrix.add(
                new Evaluation(
                    name,
                    task,
                    tasks,
                    heldOutTask,
                    judged.correct(),
                    held.size(),
                    judged.predictions(),
                    judged.meanLoss()));
          });
    }

    private void step(final String task) {
      final StepResult result = learner.step(learning.take());
      steps++;
      examples += result.examples();
      if (steps % training.progressInterval() == 0) {
        line.show(
            new Progress(
                name,
                task,
                steps,
                examples,
                (double) result.correct() / result.predictions(),
                result.loss(),
                examples * 1e9 / (System.nanoTime() - start)));
      }
    }

    private Judgement judge(final List<HeldOut> held) {
      Judgement judged = Judgement.NONE;
      for (final HeldOut example : held) {
        if (judging.add(example.features(), example.label(), example.candidates())) {
          judged = judged.plus(learner.judge(judging.take()));
        }
      }
      return judging.isEmpty() ? judged : judged.plus(learner.judge(judging.take()));
    }

    private Features features(final Example example) {
      return new Features(encoding, example.getUint8().toByteArray());
    }

    private static Candidates candidates(final Example example) {
      return Candidates.of(
          example.getCandidatesList().stream().mapToInt(Integer::intValue).toArray());
    }

    @Override
    public void close() {
      learner.close();
    }
  }
}
