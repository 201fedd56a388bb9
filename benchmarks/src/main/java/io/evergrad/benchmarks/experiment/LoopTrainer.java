/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import io.evergrad.benchmarks.measure.ProcessorTime;
import io.evergrad.curvature.learning.Judgement;
import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.learning.MicroBatch;
import io.evergrad.curvature.learning.OnlineLearner;
import io.evergrad.curvature.learning.StepResult;
import io.evergrad.curvature.network.Candidates;
import io.evergrad.jobs.stream.KeyedRecord;
import io.evergrad.operators.decode.Batch;
import io.evergrad.operators.decode.Features;
import io.evergrad.operators.decode.Features.Encoding;
import io.evergrad.operators.evaluation.AccuracyMatrix;
import io.evergrad.operators.metrics.Evaluation;
import io.evergrad.operators.pipeline.TrainingSettings;
import io.evergrad.operators.wire.Example;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Trains a fresh network on a stream of tasks and evaluates it after each, in a loop in this
 * thread: no Kafka, no Flink, no checkpoints, no versions. The order of the records, the
 * micro-batches, the ends of tasks, the batches of the evaluation, and so all accuracies, are those
 * of the job. Trainings in different threads are independent.
 */
public final class LoopTrainer {
  /** Steps over which the early loss is a mean. */
  public static final int EARLY_STEPS = 100;

  private LoopTrainer() {}

  /**
   * Trains to the end of the stream.
   *
   * @param training how to learn
   * @param stream the tasks, with held-out examples
   * @param curveInterval steps from one point of the learning curve to the next; 0: no curve
   * @throws DivergedException if the loss became infinite or NaN
   * @throws IllegalArgumentException if a task has more held-out examples than the job would keep
   */
  public static Training train(
      final TrainingSettings training, final Iterable<KeyedRecord> stream, final int curveInterval)
      throws DivergedException {
    try (Run run = new Run(training, curveInterval)) {
      for (final KeyedRecord record : stream) {
        final var value = record.value();
        if (value.hasTaskEnd()) {
          run.endTask(value.getTask());
        } else if (value.getExample().getHeldOut()) {
          run.hold(value.getTask(), value.getExample());
        } else {
          run.learn(value.getExample());
        }
      }
      return run.result();
    } catch (final ArithmeticException e) {
      throw new DivergedException(e.getMessage(), e);
    }
  }

  /** One held-out example. */
  private record HeldOut(Features features, int label, Candidates candidates) {}

  private static final class Run implements AutoCloseable {
    private final TrainingSettings training;
    private final int curveInterval;
    private final OnlineLearner learner;
    private final Batch learning;
    private final Batch judging;
    private final Encoding encoding;
    private final Map<String, List<HeldOut>> heldOut = new LinkedHashMap<>();
    private final AccuracyMatrix matrix = new AccuracyMatrix();
    private final List<CurvePoint> curve = new ArrayList<>();
    private double earlyLoss;
    private long tasks;
    private long steps;
    private long examples;
    private long learningNanos;

    Run(final TrainingSettings training, final int curveInterval) {
      this.training = training;
      this.curveInterval = curveInterval;
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

    void learn(final Example example) {
      if (learning.add(features(example), example.getLabel(), candidates(example))) {
        step();
      }
    }

    void endTask(final String task) {
      if (!learning.isEmpty()) {
        step();
      }
      final long start = ProcessorTime.nanos();
      learner.endTask();
      learningNanos += ProcessorTime.nanos() - start;
      tasks++;
      heldOut.forEach(
          (heldOutTask, held) -> {
            final Judgement judged = judge(held);
            matrix.add(
                new Evaluation(
                    "loop",
                    task,
                    tasks,
                    heldOutTask,
                    judged.correct(),
                    held.size(),
                    judged.predictions(),
                    judged.meanLoss()));
          });
    }

    Training result() {
      return new Training(
          matrix,
          steps < EARLY_STEPS ? Double.NaN : earlyLoss / EARLY_STEPS,
          curve,
          examples,
          learningNanos / 1e9);
    }

    private void step() {
      final MicroBatch batch = learning.take();
      final long start = ProcessorTime.nanos();
      final StepResult result = learner.step(batch);
      learningNanos += ProcessorTime.nanos() - start;
      if (steps < EARLY_STEPS) {
        earlyLoss += result.loss();
      }
      steps++;
      examples += result.examples();
      if (curveInterval > 0 && steps % curveInterval == 0) {
        curve.add(new CurvePoint(examples, accuracy()));
      }
    }

    private double accuracy() {
      return heldOut.values().stream()
          .map(this::judge)
          .mapToDouble(judged -> (double) judged.correct() / judged.predictions())
          .average()
          .orElse(Double.NaN);
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
