/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.consolidation;

import io.evergrad.curvature.learning.LearnerSnapshot;
import io.evergrad.curvature.learning.OnlineLearner;
import io.evergrad.operators.learner.Contribution;
import io.evergrad.operators.learner.LastingFailures;
import io.evergrad.operators.learner.MergedModel;
import io.evergrad.operators.learner.MergedModelFormat;
import io.evergrad.operators.learner.ModelUpdate;
import io.evergrad.operators.learner.Runs;
import io.evergrad.operators.state.FormatTypeInfo;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.metrics.Counter;
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
 * Merges what the learners of a model hand in: emits the merged state at every end of a task, and
 * what learners take over to the side output {@link #MERGED}. Runs at parallelism 1. Metric, in the
 * group {@code evergrad}: {@code merges}.
 */
public final class MergeOperator extends AbstractStreamOperator<ModelUpdate>
    implements OneInputStreamOperator<Contribution, ModelUpdate>, BoundedOneInput {
  private static final long serialVersionUID = 1L;

  /** What learners take over. */
  public static final OutputTag<MergedModel> MERGED =
      new OutputTag<>("merged", new FormatTypeInfo<>(MergedModel.class, new MergedModelFormat()));

  private final MergerOptions options;
  private final SerializableSupplier<Optional<LearnerSnapshot>> start;
  private transient ListState<MergerState> state;
  private transient Merger merger;

  /**
   * A merger.
   *
   * @param options what to merge
   * @param start asked once, where there is no checkpoint to go on from, for the snapshot that the
   *     learners start with; empty: fresh parameters
   */
  public MergeOperator(
      final MergerOptions options, final SerializableSupplier<Optional<LearnerSnapshot>> start) {
    this.options = Objects.requireNonNull(options, "options");
    this.start = Objects.requireNonNull(start, "start");
  }

  @Override
  public void initializeState(final StateInitializationContext context) throws Exception {
    super.initializeState(context);
    state =
        new SimpleVersionedListState<>(
            context
                .getOperatorStateStore()
                .getListState(
                    new ListStateDescriptor<>("merger", BytePrimitiveArraySerializer.INSTANCE)),
            new MergerStateFormat());
    final Counter merges = getMetricGroup().addGroup("evergrad").counter("merges");
    final String run = Runs.of(getRuntimeContext(), context);
    final Emitter emitter = new Emitter(merges);
    final Iterator<MergerState> states = state.get().iterator();
    merger =
        LastingFailures.ending(
            () ->
                states.hasNext()
                    ? new Merger(options, run, emitter, states.next())
                    : Merger.start(
                        options,
                        run,
                        emitter,
                        start.get().orElseGet(() -> OnlineLearner.initial(options.settings()))));
  }

  @Override
  public void processElement(final StreamRecord<Contribution> element) {
    LastingFailures.endingRun(() -> merger.accept(element.getValue()));
  }

  @Override
  public void endInput() {
    merger.finish();
  }

  @Override
  public void snapshotState(final StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    state.update(List.of(merger.state()));
  }

  @Override
  public void close() throws Exception {
    if (merger != null) {
      merger.close();
      merger = null;
    }
    super.close();
  }

  /** Sends what the merger tells downstream. */
  private final class Emitter implements Merger.Output {
    private final Counter merges;

    Emitter(final Counter merges) {
      this.merges = merges;
    }

    @Override
    public void merged(final MergedModel model) {
      merges.inc();
      output.collect(MERGED, new StreamRecord<>(model));
    }

    @Override
    public void update(final ModelUpdate update) {
      output.collect(new StreamRecord<>(update));
    }
  }
}
