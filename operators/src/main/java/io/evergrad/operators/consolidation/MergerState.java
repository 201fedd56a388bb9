/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.consolidation;

import io.evergrad.curvature.learning.LearnerSnapshot;
import io.evergrad.curvature.learning.Share;
import io.evergrad.curvature.learning.TaskEvidence;
import io.evergrad.operators.learner.Contribution;
import io.evergrad.operators.learner.LearnerCounts;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All that a {@link Merger} needs to go on from where it was.
 *
 * @param snapshot the merged model
 * @param round merges so far
 * @param learners where each learner is
 * @param open tasks that not every learner has ended, in order
 */
public record MergerState(
    LearnerSnapshot snapshot, long round, List<Place> learners, List<OpenTask> open) {

  /** Copies the lists. */
  public MergerState {
    Objects.requireNonNull(snapshot, "snapshot");
    learners = List.copyOf(learners);
    open = List.copyOf(open);
  }

  /** The state at the start of a job that goes on from a snapshot. */
  static MergerState at(final LearnerSnapshot snapshot, final int learners) {
    return new MergerState(
        snapshot, 0, Collections.nCopies(learners, new Place(0, 0, LearnerCounts.NONE)), List.of());
  }

  /**
   * Where a learner is.
   *
   * @param position index of the first open task that it has not ended
   * @param ends how many of the tasks whose examples it learned are consolidated
   * @param counts how far it had read when it handed in what is merged
   */
  public record Place(int position, long ends, LearnerCounts counts) {

    /** Refuses what is missing. */
    public Place {
      Objects.requireNonNull(counts, "counts");
    }
  }

  /**
   * A task that not every learner has ended.
   *
   * @param task its id
   * @param parts by learner: what it handed in of the task
   */
  public record OpenTask(String task, SortedMap<Integer, Part> parts) {

    /** Copies the map. */
    public OpenTask {
      Objects.requireNonNull(task, "task");
      parts = Collections.unmodifiableSortedMap(new TreeMap<>(parts));
    }

    OpenTask plus(final Contribution contribution) {
      final SortedMap<Integer, Part> sum = new TreeMap<>(parts);
      final Part next = new Part(contribution.share(), contribution.end(), contribution.counts());
      sum.merge(contribution.learner(), next, Part::plus);
      return new OpenTask(task, sum);
    }

    List<Share> shares() {
      return parts.values().stream().flatMap(part -> part.share().stream()).toList();
    }

    long examples() {
      return shares().stream().mapToLong(Share::examples).sum();
    }

    List<TaskEvidence> ends() {
      return parts.values().stream().flatMap(part -> part.end().stream()).toList();
    }

    OpenTask merged() {
      final SortedMap<Integer, Part> left = new TreeMap<>();
      parts.forEach(
          (learner, part) ->
              left.put(learner, new Part(Optional.empty(), part.end(), part.counts())));
      return new OpenTask(task, left);
    }
  }

  /**
   * What a learner handed in of a task.
   *
   * @param share that is not merged yet
   * @param end what its part of the task leaves for the precision, once it has ended it
   * @param counts how far it had read
   */
  public record Part(Optional<Share> share, Optional<TaskEvidence> end, LearnerCounts counts) {

    /** Refuses what is missing. */
    public Part {
      Objects.requireNonNull(share, "share");
      Objects.requireNonNull(end, "end");
      Objects.requireNonNull(counts, "counts");
    }

    Part plus(final Part next) {
      final Optional<Share> sum =
          share.isPresent() && next.share.isPresent()
              ? Optional.of(share.get().plus(next.share.get()))
              : share.or(() -> next.share);
      return new Part(sum, next.end.or(() -> end), next.counts);
    }
  }
}
