/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.evaluation;

import io.evergrad.curvature.learning.Classifier;
import io.evergrad.curvature.learning.Judgement;
import io.evergrad.operators.consolidation.EvaluationRequest;
import io.evergrad.operators.decode.Batch;
import io.evergrad.operators.decode.Example;
import io.evergrad.operators.evaluation.HeldOutSample.HeldOut;
import io.evergrad.operators.metrics.Evaluation;
import io.evergrad.operators.metrics.Metric;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.operators.util.SimpleVersionedListState;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Evaluates every model that ended a task on exactly the held-out examples that preceded that end
 * in the stream: it waits until it has as many as the request counts, and passes over those that
 * came later. Emits one {@link Evaluation} for each task of which there are any. Runs at
 * parallelism 1.
 *
 * <p>Metrics, in the group {@code evergrad}, as of the last evaluation: {@code averageAccuracy},
 * {@code forgetting}, {@code backwardTransfer}, {@code learningAccuracy} of an {@link
 * AccuracyMatrix}, and {@code averageLoss}, {@code lossForgetting}, {@code learningLoss} of its
 * {@link LossMatrix}.
 */
public final class Evaluator extends AbstractStreamOperator<Metric>
    implements TwoInputStreamOperator<Example, EvaluationRequest, Metric> {
  private static final long serialVersionUID = 1L;

  private final EvaluatorOptions options;
  private transient ListState<EvaluatorState> state;
  private transient SortedMap<String, HeldOutSample> samples;
  private transient Deque<EvaluationRequest> waiting;
  private transient AccuracyMatrix matrix;
  private transient volatile Figures figures;

  private record Figures(
      double averageAccuracy,
      double forgetting,
      double backwardTransfer,
      double learningAccuracy,
      double averageLoss,
      double lossForgetting,
      double learningLoss) {
    static Figures of(final AccuracyMatrix matrix) {
      return new Figures(
          matrix.averageAccuracy(),
          matrix.forgetting(),
          matrix.backwardTransfer(),
          matrix.learningAccuracy(),
          matrix.losses().averageLoss(),
          matrix.losses().forgetting(),
          matrix.losses().learningLoss());
    }
  }

  /** An evaluator. */
  public Evaluator(final EvaluatorOptions options) {
    this.options = Objects.requireNonNull(options, "options");
  }

  @Override
  public void initializeState(final StateInitializationContext context) throws Exception {
    super.initializeState(context);
    state =
        new SimpleVersionedListState<>(
            context
                .getOperatorStateStore()
                .getListState(
                    new ListStateDescriptor<>("evaluator", BytePrimitiveArraySerializer.INSTANCE)),
            new EvaluatorStateFormat());
    samples = new TreeMap<>();
    waiting = new ArrayDeque<>();
    matrix = new AccuracyMatrix();
    if (context.isRestored()) {
      for (final EvaluatorState entry : state.get()) {
        restore(entry);
      }
    }
    figures = Figures.of(matrix);
    registerMetrics();
  }

  private void restore(final EvaluatorState entry) {
    if (entry instanceof EvaluatorState.Sample sample) {
      samples.put(
          sample.state().task(),
          HeldOutSample.restore(sample.state(), options.seed(), options.limit()));
    } else if (entry instanceof EvaluatorState.Waiting request) {
      waiting.add(request.request());
    } else if (entry instanceof EvaluatorState.Done done) {
      matrix.add(done.evaluation());
    }
  }

  private void registerMetrics() {
    final MetricGroup metrics = getMetricGroup().addGroup("evergrad");
    metrics.gauge("averageAccuracy", (Gauge<Double>) () -> figures.averageAccuracy());
    metrics.gauge("forgetting", (Gauge<Double>) () -> figures.forgetting());
    metrics.gauge("backwardTransfer", (Gauge<Double>) () -> figures.backwardTransfer());
    metrics.gauge("learningAccuracy", (Gauge<Double>) () -> figures.learningAccuracy());
    metrics.gauge("averageLoss", (Gauge<Double>) () -> figures.averageLoss());
    metrics.gauge("lossForgetting", (Gauge<Double>) () -> figures.lossForgetting());
    metrics.gauge("learningLoss", (Gauge<Double>) () -> figures.learningLoss());
  }

  @Override
  public void processElement1(final StreamRecord<Example> element) {
    final Example example = element.getValue();
    samples
        .computeIfAbsent(
            example.task(), task -> new HeldOutSample(task, options.seed(), options.limit()))
        .add(example.features(), example.label(), example.candidates());
    evaluateReady();
  }

  @Override
  public void processElement2(final StreamRecord<EvaluationRequest> element) {
    waiting.add(element.getValue());
    evaluateReady();
  }

  @Override
  public void snapshotState(final StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    final List<EvaluatorState> entries = new ArrayList<>();
    samples.forEach((task, sample) -> entries.add(new EvaluatorState.Sample(sample.state(task))));
    waiting.forEach(request -> entries.add(new EvaluatorState.Waiting(request)));
    matrix.evaluations().forEach(done -> entries.add(new EvaluatorState.Done(done)));
    state.update(entries);
  }

  private void evaluateReady() {
    while (!waiting.isEmpty() && ready(waiting.element())) {
      evaluate(waiting.remove());
    }
  }

  private boolean ready(final EvaluationRequest request) {
    for (final Map.Entry<String, Long> count : request.heldOut().entrySet()) {
      final HeldOutSample sample = samples.get(count.getKey());
      if (sample == null || sample.seen() < count.getValue()) {
        return false;
      }
    }
    return true;
  }

  private void evaluate(final EvaluationRequest request) {
    try (Classifier classifier = new Classifier(options.network(), request.parameters())) {
      request
          .heldOut()
          .forEach(
              (task, count) -> {
                final HeldOutSample sample = samples.get(task);
                sample.forgetBefore(count);
                final List<HeldOut> examples = sample.first(count);
                final Judgement judged = judge(classifier, examples);
                final Evaluation evaluation =
                    new Evaluation(
                        request.model(),
                        request.afterTask(),
                        request.afterTasks(),
                        task,
                        judged.correct(),
                        examples.size(),
                        judged.predictions(),
                        judged.meanLoss());
                matrix.add(evaluation);
                output.collect(new StreamRecord<>(evaluation));
              });
    }
    figures = Figures.of(matrix);
  }

  private Judgement judge(final Classifier classifier, final List<HeldOut> examples) {
    final int atOnce = Math.max(1, options.batchSize() / options.network().predictions());
    final Batch batch = new Batch(Math.min(atOnce, examples.size()), options.network().inputs());
    Judgement judged = Judgement.NONE;
    for (final HeldOut example : examples) {
      if (batch.add(example.features(), example.label(), example.candidates())) {
        judged = judged.plus(classifier.judge(batch.take()));
      }
    }
    return batch.isEmpty() ? judged : judged.plus(classifier.judge(batch.take()));
  }
}
