/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.learner;

import io.evergrad.curvature.learning.LearnerSnapshot;
import io.evergrad.curvature.learning.StepResult;
import io.evergrad.operators.decode.Decoded;
import io.evergrad.operators.decode.Example;
import io.evergrad.operators.metrics.Progress;
import io.evergrad.operators.state.FormatTypeInfo;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedMultiInput;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.operators.util.SimpleVersionedListState;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.function.SerializableSupplier;

/**
 * Several learners of one model, one a subtask: each learns its part of the stream (the first
 * input), hands in what it has learned, and takes over merged models (the second input) when they
 * come. Progress and held-out examples go to the side outputs of {@link LearnerOperator}.
 *
 * <p>A checkpoint holds each learner's whole replica. What would fail again from the same
 * checkpoint ends the job, see {@link LastingFailures}. Metrics: those of {@link LearnerMetrics},
 * and {@code modelsTaken} and {@code modelsIgnored}, the merged models that were taken over or were
 * another run's.
 */
public final class ReplicaOperator extends AbstractStreamOperator<Contribution>
    implements TwoInputStreamOperator<Decoded, MergedModel, Contribution>, BoundedMultiInput {
  private static final long serialVersionUID = 1L;

  /** What the operator emits. */
  public static final TypeInformation<Contribution> OUTPUT =
      new FormatTypeInfo<>(Contribution.class, new ContributionFormat());

  private static final int EXAMPLES = 1;

  private final LearnerOptions options;
  private final long mergeInterval;
  private final SerializableSupplier<Optional<LearnerSnapshot>> start;
  private transient ListState<ReplicaState> state;
  private transient ReplicaLearner learner;
  private transient Counter modelsTaken;
  private transient Counter modelsIgnored;

  /**
   * Learners.
   *
   * @param options what to learn; no updates within a task
   * @param mergeInterval steps from one hand-in to the next, at least 1
   * @param start asked once a learner, where there is no checkpoint to go on from, for a snapshot
   *     to start with; empty: fresh parameters
   */
  public ReplicaOperator(
      final LearnerOptions options,
      final long mergeInterval,
      final SerializableSupplier<Optional<LearnerSnapshot>> start) {
    this.options = Objects.requireNonNull(options, "options");
    this.mergeInterval = mergeInterval;
    this.start = Objects.requireNonNull(start, "start");
    if (mergeInterval < 1) {
      throw new IllegalArgumentException(
          "merge interval " + mergeInterval + ": expected at least 1 step");
    }
  }

  @Override
  public void initializeState(final StateInitializationContext context) throws Exception {
    super.initializeState(context);
    state =
        new SimpleVersionedListState<>(
            context
                .getOperatorStateStore()
                .getListState(
                    new ListStateDescriptor<>("replica", BytePrimitiveArraySerializer.INSTANCE)),
            new ReplicaStateFormat());
    options.describeCurvature(LOG);
    final MetricGroup metrics = getMetricGroup().addGroup("evergrad");
    modelsTaken = metrics.counter("modelsTaken");
    modelsIgnored = metrics.counter("modelsIgnored");
    final int subtasks = getRuntimeContext().getTaskInfo().getNumberOfParallelSubtasks();
    final String run = Runs.of(getRuntimeContext(), context);
    final Emitter emitter = new Emitter(new LearnerMetrics(getMetricGroup()));
    learner =
        LastingFailures.ending(
            () ->
                context.isRestored()
                    ? new ReplicaLearner(options, mergeInterval, run, emitter, restored(subtasks))
                    : ReplicaLearner.start(
                        options,
                        mergeInterval,
                        run,
                        emitter,
                        getRuntimeContext().getTaskInfo().getIndexOfThisSubtask(),
                        subtasks,
                        start.get()));
  }

  private ReplicaState restored(final int subtasks) throws Exception {
    final Iterator<ReplicaState> states = state.get().iterator();
    final ReplicaState first = states.hasNext() ? states.next() : null;
    if (first == null || first.learners() != subtasks) {
      throw new IllegalArgumentException(
          "model "
              + options.model()
              + " has "
              + subtasks
              + " learners, but the checkpoint to go on from has "
              + (first == null ? "fewer" : first.learners())
              + ": set evergrad.learner.parallelism as it was, or start without the checkpoint from"
              + " a stored version (evergrad.store.start-from)");
    }
    return first;
  }

  @Override
  public void processElement1(final StreamRecord<Decoded> element) {
    LastingFailures.endingRun(() -> learner.accept(element.getValue()));
  }

  @Override
  public void processElement2(final StreamRecord<MergedModel> element) {
    (learner.adopt(element.getValue()) ? modelsTaken : modelsIgnored).inc();
  }

  @Override
  public void endInput(final int input) {
    if (input == EXAMPLES) {
      learner.finish();
    }
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
  private final class Emitter implements ReplicaLearner.Output {
    private final LearnerMetrics metrics;

    Emitter(final LearnerMetrics metrics) {
      this.metrics = metrics;
    }

    @Override
    public void contribute(final Contribution contribution) {
      if (contribution.end().isPresent()) {
        metrics.taskEnded();
      }
      output.collect(new StreamRecord<>(contribution));
    }

    @Override
    public void step(final StepResult result) {
      metrics.step(result);
    }

    @Override
    public void progress(final Progress progress) {
      output.collect(LearnerOperator.PROGRESS, new StreamRecord<>(progress));
    }

    @Override
    public void heldOut(final Example example) {
      metrics.heldOut();
      output.collect(LearnerOperator.HELD_OUT, new StreamRecord<>(example));
    }
  }
}
