/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.consolidation;

import io.evergrad.curvature.learning.LearnerSnapshot;
import io.evergrad.curvature.learning.SharedModel;
import io.evergrad.operators.consolidation.MergerState.OpenTask;
import io.evergrad.operators.consolidation.MergerState.Place;
import io.evergrad.operators.learner.Contribution;
import io.evergrad.operators.learner.LearnerCounts;
import io.evergrad.operators.learner.MergedModel;
import io.evergrad.operators.learner.ModelUpdate;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * Merges what the learners of a model hand in, apart from all I/O. The same contributions in the
 * same order give the same bits. Not thread-safe; holds native memory until closed.
 *
 * <p>Merges once as many examples are handed in of the current task as one hand-in of every learner
 * has, and at the end of the task. It counts examples, so an idle learner holds nobody up within a
 * task. Tasks are in the order in which they first appear here. A task ends when every learner has
 * ended it, or has gone on to a later one; until then, what is handed in of later tasks waits, so
 * that μ is the merged θ of that task and of nothing after it.
 */
public final class Merger implements AutoCloseable {

  /** Receives what the merger has to tell. */
  interface Output {
    /** What learners should take over. */
    void merged(MergedModel model);

    /** The merged state, at the end of a task or at the interval asked for. */
    void update(ModelUpdate update);
  }

  private final MergerOptions options;
  private final String run;
  private final Output output;
  private final SharedModel model;
  private final List<Place> learners;
  private final List<OpenTask> open;
  private long steps;
  private long examples;
  private long tasks;
  private long round;
  private long published;
  private boolean posteriorDue = true;

  /**
   * A merger that goes on from a state.
   *
   * @param run the attempt of the job, which merged models carry
   * @throws IllegalArgumentException if the state is not one of these options, saying why
   */
  Merger(
      final MergerOptions options, final String run, final Output output, final MergerState state) {
    if (state.learners().size() != options.learners()) {
      throw new IllegalArgumentException(
          "model "
              + options.model()
              + " has "
              + options.learners()
              + " learners, but the checkpoint to go on from has "
              + state.learners().size()
              + ": set evergrad.learner.parallelism as it was, or start without the checkpoint from"
              + " a stored version (evergrad.store.start-from)");
    }
    this.options = options;
    this.run = run;
    this.output = output;
    model = SharedModel.restore(options.settings(), state.snapshot());
    learners = new ArrayList<>(state.learners());
    open = new ArrayList<>(state.open());
    steps = state.snapshot().steps();
    examples = state.snapshot().examples();
    tasks = state.snapshot().tasks();
    round = state.round();
    published = examples;
  }

  /** A merger at the start of a job. */
  static Merger start(
      final MergerOptions options,
      final String run,
      final Output output,
      final LearnerSnapshot snapshot) {
    return new Merger(options, run, output, MergerState.at(snapshot, options.learners()));
  }

  /** Takes what a learner hands in. */
  void accept(final Contribution contribution) {
    final int learner = contribution.learner();
    final Place place = learners.get(learner);
    final int index = indexOf(contribution.task(), place.position());
    open.set(index, open.get(index).plus(contribution));
    final int position = contribution.end().isPresent() ? index + 1 : index;
    learners.set(learner, new Place(position, place.ends(), place.counts()));
    while (!open.isEmpty() && learners.stream().allMatch(each -> each.position() > 0)) {
      endTask();
    }
    if (!open.isEmpty() && open.get(0).examples() >= options.mergeExamples()) {
      final long before = steps;
      merge(0);
      tell();
      if (options.updateInterval() > 0
          && steps / options.updateInterval() > before / options.updateInterval()) {
        publish(open.get(0).task(), false);
      }
    }
  }

  /** Merges all that is left and hands out the state, as nothing more will be handed in. */
  void finish() {
    for (int index = 0; index < open.size(); index++) {
      merge(index);
    }
    if (examples > published) {
      publish(open.get(open.size() - 1).task(), false);
    }
  }

  /** The whole state, to go on from. */
  MergerState state() {
    return new MergerState(model.state(), round, learners, open);
  }

  @Override
  public void close() {
    model.close();
  }

  /** The open task with that id that comes at or after a position; a new one if there is none. */
  private int indexOf(final String task, final int position) {
    for (int index = position; index < open.size(); index++) {
      if (open.get(index).task().equals(task)) {
        return index;
      }
    }
    open.add(new OpenTask(task, new TreeMap<>()));
    return open.size() - 1;
  }

  private void merge(final int index) {
    final OpenTask task = open.get(index);
    if (!task.shares().isEmpty()) {
      model.merge(task.shares());
      steps += task.shares().stream().mapToLong(share -> share.steps()).sum();
      examples += task.examples();
    }
    task.parts()
        .forEach(
            (learner, part) -> {
              final Place place = learners.get(learner);
              learners.set(learner, new Place(place.position(), place.ends(), part.counts()));
            });
    open.set(index, task.merged());
  }

  private void endTask() {
    merge(0);
    final OpenTask ended = open.remove(0);
    learners.replaceAll(place -> new Place(place.position() - 1, place.ends(), place.counts()));
    if (!model.endTask(ended.ends())) {
      return;
    }
    tasks++;
    ended
        .parts()
        .forEach(
            (learner, part) -> {
              final boolean learned = part.end().filter(end -> end.examples() > 0).isPresent();
              final Place place = learners.get(learner);
              learners.set(
                  learner,
                  new Place(place.position(), place.ends() + (learned ? 1 : 0), place.counts()));
            });
    posteriorDue = true;
    tell();
    publish(ended.task(), true);
  }

  private void tell() {
    round++;
    output.merged(
        new MergedModel(
            options.model(),
            run,
            round,
            steps,
            examples,
            learners.stream().map(place -> place.counts().handIns()).toList(),
            learners.stream().map(Place::ends).toList(),
            model.parameters(),
            model.averages(),
            posteriorDue ? model.posterior() : new TreeMap<>()));
    posteriorDue = false;
  }

  private void publish(final String task, final boolean taskEnd) {
    published = examples;
    final LearnerCounts counts =
        learners.stream().map(Place::counts).reduce(LearnerCounts.NONE, LearnerCounts::plus);
    output.update(
        new ModelUpdate(
            options.model(),
            task,
            taskEnd,
            tasks,
            counts.heldOut(),
            counts.offsets(),
            model.snapshot()));
  }
}
