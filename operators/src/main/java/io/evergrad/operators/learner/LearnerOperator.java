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
import io.evergrad.store.NoSuchVersionException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.execution.SuppressRestartsException;
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
 * 1: learners are not merged yet.
 *
 * <p>A checkpoint holds the whole learner, the partial micro-batch included, so that a restored job
 * goes on bit for bit. What would fail again from the same checkpoint (a loss that has diverged, a
 * version to start from that is not there or of another network) ends the job instead of restarting
 * it for ever. Metrics, in the group {@code evergrad}: {@code examplesLearned}, {@code
 * examplesHeldOut}, {@code steps}, {@code tasksEnded}, {@code dampingRetries} (how often damping
 * had to grow before a curvature's power was finite), {@code loss} (of the last step, in nats) and
 * {@code prequentialAccuracy} (of the last step, in [0, 1]).
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
              + ": expected 1, as learners are not merged yet; set the operator's parallelism to 1");
    }
    state =
        new SimpleVersionedListState<>(
            context
                .getOperatorStateStore()
                .getListState(
                    new ListStateDescriptor<>("learner", BytePrimitiveArraySerializer.INSTANCE)),
            new LearnerStateFormat());
    for (final String block : options.settings().cutBlocks()) {
      LOG.warn(
          "Model {}: a curvature block exceeds the block limit {}, so the coupling between its "
              + "ranges is dropped: {}",
          options.model(),
          options.settings().blockLimit(),
          block);
    }
    final Emitter emitter = new Emitter();
    try {
      learner = context.isRestored() ? restored(emitter) : started(emitter);
    } catch (final IllegalArgumentException | NoSuchVersionException e) {
      throw new SuppressRestartsException(e);
    }
  }

  private StreamLearner restored(final StreamLearner.Output emitter) throws Exception {
    final Iterator<LearnerState> states = state.get().iterator();
    if (!states.hasNext()) {
      return started(emitter);
    }
    return StreamLearner.restore(options, emitter, states.next());
  }

  private StreamLearner started(final StreamLearner.Output emitter) throws IOException {
    final Optional<LearnerSnapshot> snapshot;
    try {
      snapshot = start.get();
    } catch (final UncheckedIOException e) {
      throw e.getCause();
    }
    return snapshot
        .map(from -> StreamLearner.restore(options, emitter, LearnerState.at(from)))
        .orElseGet(() -> StreamLearner.create(options, emitter));
  }

  @Override
  public void processElement(final StreamRecord<Decoded> element) {
    try {
      learner.accept(element.getValue());
    } catch (final ArithmeticException e) {
      throw new SuppressRestartsException(e);
    }
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
    private final Counter learned;
    private final Counter held;
    private final Counter steps;
    private final Counter tasksEnded;
    private final Counter dampingRetries;
    private volatile double loss = Double.NaN;
    private volatile double accuracy = Double.NaN;

    Emitter() {
      final MetricGroup metrics = getMetricGroup().addGroup("evergrad");
      learned = metrics.counter("examplesLearned");
      held = metrics.counter("examplesHeldOut");
      steps = metrics.counter("steps");
      tasksEnded = metrics.counter("tasksEnded");
      dampingRetries = metrics.counter("dampingRetries");
      metrics.gauge("loss", (Gauge<Double>) () -> loss);
      metrics.gauge("prequentialAccuracy", (Gauge<Double>) () -> accuracy);
    }

    @Override
    public void update(final ModelUpdate update) {
      if (update.taskEnd()) {
        tasksEnded.inc();
      }
      output.collect(new StreamRecord<>(update));
    }

    @Override
    public void step(final StepResult result) {
      learned.inc(result.examples());
      steps.inc();
      dampingRetries.inc(result.dampingRetries());
      loss = result.loss();
      accuracy = (double) result.correct() / result.examples();
    }

    @Override
    public void progress(final Progress progress) {
      output.collect(PROGRESS, new StreamRecord<>(progress));
    }

    @Override
    public void heldOut(final Example example) {
      held.inc();
      output.collect(HELD_OUT, new StreamRecord<>(example));
    }
  }
}
