/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.evaluation;

import com.google.protobuf.UnsafeByteOperations;
import io.evergrad.operators.consolidation.EvaluationRequestFormat;
import io.evergrad.operators.decode.DecodedFormat;
import io.evergrad.operators.evaluation.HeldOutSample.HeldOut;
import io.evergrad.operators.metrics.Evaluation;
import io.evergrad.operators.state.Format;
import io.evergrad.operators.state.StateProto;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The bytes of an {@link EvaluatorState} in a checkpoint. */
final class EvaluatorStateFormat implements Format<EvaluatorState> {
  private static final long serialVersionUID = 1L;

  @Override
  public int getVersion() {
    return 1;
  }

  @Override
  public byte[] serialize(final EvaluatorState state) {
    final StateProto.Evaluator.Builder message = StateProto.Evaluator.newBuilder();
    if (state instanceof EvaluatorState.Sample sample) {
      message.setTask(message(sample.state()));
    } else if (state instanceof EvaluatorState.Waiting waiting) {
      message.setPending(EvaluationRequestFormat.message(waiting.request()));
    } else if (state instanceof EvaluatorState.Done done) {
      message.setEvaluated(message(done.evaluation()));
    }
    return message.build().toByteArray();
  }

  @Override
  public EvaluatorState deserialize(final int version, final byte[] bytes) throws IOException {
    requireVersion(version);
    final StateProto.Evaluator message = StateProto.Evaluator.parseFrom(bytes);
    return switch (message.getPartCase()) {
      case TASK -> new EvaluatorState.Sample(sample(message.getTask()));
      case PENDING ->
          new EvaluatorState.Waiting(EvaluationRequestFormat.request(message.getPending()));
      case EVALUATED -> new EvaluatorState.Done(evaluation(message.getEvaluated()));
      case PART_NOT_SET -> throw new IOException("an empty entry in the Evaluator's state");
    };
  }

  private static StateProto.HeldOutTask message(final HeldOutSample.State sample) {
    final StateProto.HeldOutTask.Builder message =
        StateProto.HeldOutTask.newBuilder().setTask(sample.task()).setSeen(sample.seen());
    for (final HeldOut example : sample.kept()) {
      message.addEntries(
          StateProto.HeldOutEntry.newBuilder()
              .setIndex(example.index())
              .setEncoding(DecodedFormat.encoding(example.features().encoding()))
              .setFeatures(UnsafeByteOperations.unsafeWrap(example.features().bytes()))
              .setLabel(example.label())
              .addAllCandidates(DecodedFormat.classes(example.candidates())));
    }
    return message.build();
  }

  private static HeldOutSample.State sample(final StateProto.HeldOutTask message)
      throws IOException {
    final List<HeldOut> kept = new ArrayList<>(message.getEntriesCount());
    for (final StateProto.HeldOutEntry entry : message.getEntriesList()) {
      kept.add(
          new HeldOut(
              entry.getIndex(),
              DecodedFormat.features(entry.getEncoding(), entry.getFeatures().toByteArray()),
              entry.getLabel(),
              DecodedFormat.candidates(entry.getCandidatesList())));
    }
    return new HeldOutSample.State(message.getTask(), message.getSeen(), kept);
  }

  private static StateProto.Evaluated message(final Evaluation evaluation) {
    return StateProto.Evaluated.newBuilder()
        .setModel(evaluation.model())
        .setAfterTasks(evaluation.afterTasks())
        .setAfterTask(evaluation.afterTask())
        .setTask(evaluation.task())
        .setCorrect(evaluation.correct())
        .setExamples(evaluation.examples())
        .setPredictions(evaluation.predictions())
        .setLoss(evaluation.loss())
        .build();
  }

  private static Evaluation evaluation(final StateProto.Evaluated message) throws IOException {
    try {
      return new Evaluation(
          message.getModel(),
          message.getAfterTask(),
          message.getAfterTasks(),
          message.getTask(),
          message.getCorrect(),
          message.getExamples(),
          message.getPredictions() == 0 ? message.getExamples() : message.getPredictions(),
          message.hasLoss() ? message.getLoss() : Double.NaN);
    } catch (final IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
