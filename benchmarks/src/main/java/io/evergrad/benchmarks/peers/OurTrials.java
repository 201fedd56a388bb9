/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.peers;

import io.evergrad.benchmarks.experiment.DivergedException;
import io.evergrad.benchmarks.experiment.LoopTrainer;
import io.evergrad.benchmarks.experiment.Method;
import io.evergrad.benchmarks.throughput.MicroBatches;
import io.evergrad.benchmarks.throughput.Timing;
import io.evergrad.curvature.learning.Judgement;
import io.evergrad.curvature.learning.MicroBatch;
import io.evergrad.curvature.learning.OnlineLearner;
import io.evergrad.jobs.data.IdxDataset;
import io.evergrad.jobs.stream.KeyedRecord;
import io.evergrad.jobs.stream.TaskStream;
import io.evergrad.operators.evaluation.AccuracyMatrix;
import io.evergrad.operators.wire.Example;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Our side's trials on streams in memory. */
final class OurTrials {
  /** As in the peer's script. */
  private static final int UNTIMED_STEPS = 20;

  private final IdxDataset data;

  OurTrials(final IdxDataset data) {
    this.data = data;
  }

  /**
   * Carries a trial out.
   *
   * @throws DivergedException if the loss became infinite or NaN
   */
  Figures run(final Trial trial) throws DivergedException {
    final TaskStream stream = trial.stream(data);
    final Method method = trial.matchup().ours(trial.strength());
    return trial.matchup().part() == Part.ONE_TASK
        ? oneTask(method, trial.seed(), stream)
        : permuted(method, trial.seed(), stream);
  }

  /** By the clock of the whole run, evaluations included, as the peer's. */
  private static Figures permuted(final Method method, final long seed, final TaskStream stream)
      throws DivergedException {
    final long start = System.nanoTime();
    final AccuracyMatrix matrix =
        LoopTrainer.train(method.configuration(seed, stream).training(), stream, 0).matrix();
    final double seconds = (System.nanoTime() - start) / 1e9;
    return figures(matrix, Double.NaN, stream.examples() / seconds);
  }

  /** The figures of a matrix. */
  static Figures figures(
      final AccuracyMatrix matrix, final double firstLoss, final double examplesPerSecond) {
    final double[][] rows = matrix.values();
    return new Figures(
        matrix.averageAccuracy(),
        Arrays.stream(rows[rows.length - 1]).boxed().toList(),
        rows.length > 1 ? matrix.forgetting() : 0,
        firstLoss,
        examplesPerSecond);
  }

  /** Timed are the steps after the first few, on micro-batches in memory, as the peer's. */
  private static Figures oneTask(final Method method, final long seed, final TaskStream stream) {
    final var settings = method.configuration(seed, stream).learner();
    final List<MicroBatch> learned = batches(stream, false, settings.batchSize());
    final List<MicroBatch> judged = batches(stream, true, settings.batchSize());
    try (OnlineLearner learner = OnlineLearner.create(settings)) {
      final List<Double> losses = new ArrayList<>();
      long examples = 0;
      long start = System.nanoTime();
      for (final MicroBatch batch : learned) {
        if (losses.size() == UNTIMED_STEPS) {
          start = System.nanoTime();
          examples = 0;
        }
        losses.add(learner.step(batch).loss());
        examples += batch.size();
      }
      final Timing timing = new Timing(examples, (System.nanoTime() - start) / 1e9);
      Judgement judgement = Judgement.NONE;
      for (final MicroBatch batch : judged) {
        judgement = judgement.plus(learner.judge(batch));
      }
      final double accuracy = (double) judgement.correct() / judgement.predictions();
      return new Figures(
          accuracy,
          List.of(accuracy),
          0,
          losses.stream()
              .limit(LoopTrainer.EARLY_STEPS)
              .mapToDouble(Double::doubleValue)
              .average()
              .orElse(0),
          timing.examplesPerSecond());
    }
  }

  private static List<MicroBatch> batches(
      final TaskStream stream, final boolean heldOut, final int size) {
    final MicroBatches batches = new MicroBatches(size, stream.features());
    for (final KeyedRecord record : stream) {
      final Example example = record.value().getExample();
      if (record.value().hasExample() && example.getHeldOut() == heldOut) {
        batches.add(example);
      }
    }
    return batches.take();
  }
}
