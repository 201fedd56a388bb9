/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.learner;

import io.evergrad.curvature.learning.HostTensor;
import io.evergrad.curvature.learning.LearnerSnapshot;
import io.evergrad.curvature.learning.OnlineLearner;
import io.evergrad.curvature.learning.Share;
import io.evergrad.curvature.learning.StepResult;
import io.evergrad.curvature.learning.TaskEvidence;
import io.evergrad.curvature.learning.TensorSums;
import io.evergrad.operators.decode.Decoded;
import io.evergrad.operators.decode.Example;
import io.evergrad.operators.decode.TaskEnd;
import io.evergrad.operators.learner.ReplicaState.HandIn;
import io.evergrad.operators.metrics.Progress;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/**
 * One of several learners of a model, apart from all I/O: learns its part of the stream on its own
 * replica, hands in every few steps and at ends of tasks what it has learned since, and takes over
 * the merged model whenever that comes. It never waits.
 *
 * <p>Where it takes over, θ ← θ_merged + what it has learned that is not merged yet: its own last
 * steps, and shares that are on their way. At an end of a task it consolidates what it knows
 * itself, so that the task is protected at once; the merged Λ and μ take the place of its own when
 * they stand on all tasks that it has ended. Not thread-safe; holds native memory until closed.
 */
final class ReplicaLearner implements AutoCloseable {

  /** Receives what the learner has to tell, in the order of its part of the stream. */
  interface Output {
    /** What the merged model should know. */
    void contribute(Contribution contribution);

    /** A step was taken. */
    void step(StepResult result);

    /** Progress, counted over all learners as far as this one knows. */
    void progress(Progress progress);

    /** A held-out example, under the id of its task. */
    void heldOut(Example example);
  }

  private final LearnerOptions options;
  private final long mergeInterval;
  private final String run;
  private final int index;
  private final int learners;
  private final Output output;
  private final StreamLearner stream;
  private final SortedMap<Long, HandIn> unmerged;
  private SortedMap<String, HostTensor> base;
  private long handIns;
  private long round;
  private long steps;
  private long examples;
  private long mergedSteps;
  private long mergedExamples;
  private long ends;

  /**
   * A learner that goes on from a state.
   *
   * @param mergeInterval steps from one hand-in to the next
   * @param run the attempt of the job whose merged models are taken over
   * @throws IllegalArgumentException if the state is not one of these settings, saying why
   */
  ReplicaLearner(
      final LearnerOptions options,
      final long mergeInterval,
      final String run,
      final Output output,
      final ReplicaState state) {
    this.options = options;
    this.mergeInterval = mergeInterval;
    this.run = run;
    this.output = output;
    index = state.index();
    learners = state.learners();
    base = state.base();
    handIns = state.handIns();
    unmerged = new TreeMap<>(state.unmerged());
    steps = state.steps();
    examples = state.examples();
    mergedSteps = state.mergedSteps();
    mergedExamples = state.mergedExamples();
    ends = state.ends();
    stream = StreamLearner.restore(options, new Told(), state.learner());
  }

  /**
   * A learner at the start of a job. What a snapshot's unfinished task has left so far is kept by
   * the first learner only, so that it counts once.
   *
   * @param start what every learner starts with; empty: fresh parameters, the same for each
   */
  static ReplicaLearner start(
      final LearnerOptions options,
      final long mergeInterval,
      final String run,
      final Output output,
      final int index,
      final int learners,
      final Optional<LearnerSnapshot> start) {
    final LearnerSnapshot snapshot =
        start.orElseGet(() -> OnlineLearner.initial(options.settings()));
    final ReplicaLearner learner =
        new ReplicaLearner(
            options,
            mergeInterval,
            run,
            output,
            ReplicaState.at(LearnerState.at(snapshot), index, learners));
    if (index > 0) {
      learner.stream.learner().forgetTask();
    }
    return learner;
  }

  /** Takes the next record of its part of the stream. */
  void accept(final Decoded decoded) {
    stream.accept(decoded);
  }

  /**
   * Takes over a merged model, unless it is another model's, another run's or an earlier round's.
   *
   * @return whether it did
   */
  boolean adopt(final MergedModel merged) {
    if (!merged.model().equals(options.model())
        || !merged.run().equals(run)
        || merged.round() <= round) {
      return false;
    }
    final OnlineLearner learner = stream.learner();
    unmerged.headMap(merged.handIns().get(index) + 1).clear();
    SortedMap<String, HostTensor> ground = merged.parameters();
    for (final HandIn handIn : unmerged.values()) {
      ground = TensorSums.plus(ground, handIn.progress());
    }
    learner.adopt(
        TensorSums.plus(ground, TensorSums.minus(learner.parameters(), base)), merged.averages());
    if (!merged.posterior().isEmpty() && merged.ends().get(index) == ends) {
      learner.adoptPosterior(merged.posterior());
    }
    base = ground;
    round = merged.round();
    mergedSteps = merged.steps();
    mergedExamples = merged.examples();
    return true;
  }

  /** Learns the partial micro-batch and hands in what is left, as no more records will come. */
  void finish() {
    stream.finish();
    if (steps > 0) {
      handIn(Optional.empty());
    }
  }

  /** The whole state, to go on from. */
  ReplicaState state() {
    return new ReplicaState(
        stream.state(),
        index,
        learners,
        base,
        handIns,
        unmerged,
        steps,
        examples,
        mergedSteps,
        mergedExamples,
        ends);
  }

  @Override
  public void close() {
    stream.close();
  }

  private void handIn(final Optional<TaskEvidence> end) {
    final OnlineLearner learner = stream.learner();
    Optional<Share> share = Optional.empty();
    if (steps > 0) {
      final SortedMap<String, HostTensor> now = learner.parameters();
      final SortedMap<String, HostTensor> progress = TensorSums.minus(now, base);
      share = Optional.of(new Share(steps, examples, progress, learner.averages()));
      handIns++;
      unmerged.put(handIns, new HandIn(steps, examples, progress));
      base = now;
      steps = 0;
      examples = 0;
    }
    output.contribute(new Contribution(index, stream.task(), share, end, counts()));
  }

  private long unmerged(final ToLongFunction<HandIn> count) {
    return unmerged.values().stream().mapToLong(count).sum();
  }

  private LearnerCounts counts() {
    return new LearnerCounts(handIns, stream.heldOut(), stream.offsets());
  }

  /** Hears what happens in the stream. */
  private final class Told implements StreamLearner.Output {
    @Override
    public void update(final ModelUpdate update) {
      // The merged model is what is published.
    }

    @Override
    public void step(final StepResult result) {
      steps++;
      examples += result.examples();
      output.step(result);
      if (steps >= mergeInterval) {
        handIn(Optional.empty());
      }
    }

    @Override
    public void taskEnding() {
      final TaskEvidence evidence = stream.learner().taskEvidence();
      ends += evidence.examples() > 0 ? 1 : 0;
      handIn(Optional.of(evidence));
    }

    @Override
    public void otherTaskEnd(final TaskEnd end) {
      if (stream.task().isEmpty() && !end.task().isEmpty()) {
        output.contribute(
            new Contribution(
                index,
                end.task(),
                Optional.empty(),
                Optional.of(new TaskEvidence(0, 0, new TreeMap<>())),
                counts()));
      }
    }

    @Override
    public void progress(final Progress progress) {
      output.progress(
          new Progress(
              progress.model(),
              progress.task(),
              mergedSteps + steps + unmerged(HandIn::steps),
              mergedExamples + examples + unmerged(HandIn::examples),
              progress.accuracy(),
              progress.loss(),
              progress.examplesPerSecond()));
    }

    @Override
    public void heldOut(final Example example) {
      output.heldOut(example);
    }
  }
}
