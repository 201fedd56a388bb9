/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.learner;

import io.evergrad.curvature.learning.HostTensor;
import java.util.Collections;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All that one of several learners of a model needs to go on from where it was.
 *
 * @param learner its replica and its place in the stream
 * @param index its own, from 0
 * @param learners how many the model has
 * @param base θ as of its last hand-in, or as it was taken over since
 * @param handIns shares handed in so far
 * @param unmerged the shares that the merged model that it took over last has not, by number
 * @param steps taken since its last hand-in
 * @param examples learned since its last hand-in
 * @param mergedSteps all learners' steps in the merged model that it took over last
 * @param mergedExamples all learners' examples in it
 * @param ends how many tasks it has ended of which it had learned examples
 */
public record ReplicaState(
    LearnerState learner,
    int index,
    int learners,
    SortedMap<String, HostTensor> base,
    long handIns,
    SortedMap<Long, HandIn> unmerged,
    long steps,
    long examples,
    long mergedSteps,
    long mergedExamples,
    long ends) {

  /**
   * What a learner remembers of a share until it is merged.
   *
   * @param steps taken
   * @param examples learned
   * @param progress Δθ
   */
  public record HandIn(long steps, long examples, SortedMap<String, HostTensor> progress) {

    /** Copies the map; the tensors are shared. */
    public HandIn {
      progress = Collections.unmodifiableSortedMap(new TreeMap<>(progress));
    }
  }

  /** Copies the maps; the tensors are shared. */
  public ReplicaState {
    Objects.requireNonNull(learner, "learner");
    base = Collections.unmodifiableSortedMap(new TreeMap<>(base));
    unmerged = Collections.unmodifiableSortedMap(new TreeMap<>(unmerged));
  }

  /** The state at the start of a job: every learner has the same parameters. */
  static ReplicaState at(final LearnerState learner, final int index, final int learners) {
    return new ReplicaState(
        learner,
        index,
        learners,
        learner.snapshot().parameters(),
        0,
        new TreeMap<>(),
        0,
        0,
        learner.snapshot().steps(),
        learner.snapshot().examples(),
        0);
  }
}
