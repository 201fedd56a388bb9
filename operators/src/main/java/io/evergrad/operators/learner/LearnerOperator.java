/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.learner;

import io.evergrad.curvature.learning.LearnerSnapshot;
import io.evergrad.curvature.learning.StepResult;
import io.evergrad.operators.decode.Decoded;
import io.evergrad.operators.decode.Example;
import io.evergrad.operators.decode.ExampleFormat;
import io.evergrad.operators.metrics.Metric;
import io.evergrad.operators.metrics.MetricFormat;
import io.evergrad.operators.metrics.Progress;
import io.evergrad.operators.state.FormatTypeInfo;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.util.SimpleVersionedListState;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;
import org.apache.flink.util.function.SerializableSupplier;

/**
 * Trains one network on the stream and emits its state at every end of a task. Runs at parallelism
 * 1: several learners of one model are {@link ReplicaOperator}s.
 *
 * <p>A checkpoint holds the whole learner, the partial micro-batch included, so that a restored job
 * goes on bit for bit. What would fail again from the same checkpoint ends the job, see {@link
 * LastingFailures}. Metrics: see {@link LearnerMetrics}.
 */
public final class LearnerOperator extends AbstractStreamOperator<ModelUpdate>
    implements OneInputStreamOperator<Decoded, ModelUpdate>, BoundedOneInput {
  private static final long serialVersionUID = 1L;

  /** How learning goes on. */
  public static final OutputTag<Metric> PROGRESS =
      new OutputTag<>("progress", new FormatTypeInfo<>(Metric.class, new MetricFormat()));

  /** Held-out examples, under the ids of their tasks, in the order in which they are counted. */
  public static final OutputTag<Example> HELD_OUT =
      new OutputTag<>("held-out", new FormatTypeInfo<>(Example.class, new ExampleFormat()));

  private final LearnerOptions options;
  private final SerializableSupplier<Optional<LearnerSnapshot>> start;
  private transient ListState<LearnerState> state;
  private transient StreamLearner learner;

  /**
   * A learner.
   *
   * @param options what to learn
   * @param start asked once, where there is no checkpoint to go on from, for a snapshot to start
   *     with; empty: fresh parameters
   */
  public LearnerOperator(
      final LearnerOptions options, final SerializableSupplier<Optional<LearnerSnapshot>> start) {
    this.options = Objects.requireNonNull(options, "options");
    this.start = Objects.requireNonNull(start, "start");
  }

  @Override
  public void initializeState(final StateInitializationContext context) throws Exception {
    super.initializeState(context);
    final int subtasks = getRuntimeContext().getTaskInfo().getNumberOfParallelSubtasks();
    if (subtasks != 1) {
      throw new IllegalStateException(
          "the learner of model "
              + options.model()
              + " has parallelism "
              + subtasks
              + ": expected 1; set evergrad.learner.parallelism for several learners");
    }
    state =
        new SimpleVersionedListState<>(
            context
                .getOperatorStateStore()
                .getListState(
                    new ListStateDescriptor<>("learner", BytePrimitiveArraySerializer.INSTANCE)),
            new LearnerStateFormat());
    options.describeCurvature(LOG);
    final Emitter emitter = new Emitter();
    learner =
        LastingFailures.ending(() -> context.isRestored() ? restored(emitter) : started(emitter));
  }

  private StreamLearner restored(final StreamLearner.Output emitter) throws Exception {
    final Iterator<LearnerState> states = state.get().iterator();
    if (!states.hasNext()) {
      return started(emitter);
    }
    return StreamLearner.restore(options, emitter, states.next());
  }

  private StreamLearner started(final StreamLearner.Output emitter) {
    return start
        .get()
        .map(snapshot -> StreamLearner.restore(options, emitter, LearnerState.at(snapshot)))
        .orElseGet(() -> StreamLearner.create(options, emitter));
  }

  @Override
  public void processElement(final StreamRecord<Decoded> element) {
    LastingFailures.endingRun(() -> learner.accept(element.getValue()));
  }

  @Override
  public void endInput() {
    learner.finish();
  }

  @Override
  public void snapshotState(final StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    state.update(List.of(learner.state()));
  }

  @Override
  public void close() throws Exception {
    if (learner != null) {
      learner.close();
      learner = null;
    }
    super.close();
  }

  /** Sends what the learner tells downstream, and into metrics. */
  private final class Emitter implements StreamLearner.Output {
    private final LearnerMetrics metrics = new LearnerMetrics(getMetricGroup());

    @Override
    public void update(final ModelUpdate update) {
      if (update.taskEnd()) {
        metrics.taskEnded();
      }
      output.collect(new StreamRecord<>(update));
    }

    @Override
    public void step(final StepResult result) {
      metrics.step(result);
    }

    @Override
    public void progress(final Progress progress) {
      output.collect(PROGRESS, new StreamRecord<>(progress));
    }

    @Override
    public void heldOut(final Example example) {
      metrics.heldOut();
      output.collect(HELD_OUT, new StreamRecord<>(example));
    }
  }
}
