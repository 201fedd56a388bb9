/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.consolidation;

import io.evergrad.operators.learner.ModelUpdate;
import io.evergrad.operators.state.FormatTypeInfo;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Owns the truth about each model: numbers its rounds and hands them out for publication, and asks
 * for an evaluation at every end of a task. It adopts states as they are: a lone learner's, or what
 * a {@link Merger} made of several learners'.
 */
public final class Consolidator extends KeyedProcessFunction<String, ModelUpdate, Round> {
  private static final long serialVersionUID = 1L;

  /** Models to evaluate. */
  public static final OutputTag<EvaluationRequest> EVALUATIONS =
      new OutputTag<>(
          "evaluations",
          new FormatTypeInfo<>(EvaluationRequest.class, new EvaluationRequestFormat()));

  private transient ValueState<Long> rounds;

  @Override
  public void open(final OpenContext context) {
    rounds = getRuntimeContext().getState(new ValueStateDescriptor<>("rounds", Types.LONG));
  }

  @Override
  public void processElement(
      final ModelUpdate update, final Context context, final Collector<Round> out)
      throws Exception {
    final Long last = rounds.value();
    final long number = last == null ? 1 : last + 1;
    rounds.update(number);
    out.collect(new Round(number, update));
    if (update.taskEnd()) {
      context.output(EVALUATIONS, EvaluationRequest.of(update));
    }
  }
}
