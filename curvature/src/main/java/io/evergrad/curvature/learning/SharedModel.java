/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import java.util.List;
import java.util.SortedMap;

/**
 * The one model of several learners: what each has learned on its own is merged here, in the order
 * given, so that the same shares give the same bits.
 *
 * <p>θ ← θ + Σ n_i Δθ_i / Σ n_i and S ← Σ n_i S_i / Σ n_i over the learners that hand in; at the
 * end of a task Λ ← γΛ + Σ N_i F_i and μ ← θ, exactly but for the rounding of a two-sided Λ, which
 * is kept by eigenvectors. A two-sided S is cut to its largest eigenvectors when it is taken over.
 * What is derived from these (inverse roots, eigenvectors) is computed anew, not averaged. Not
 * thread-safe; holds native memory until closed.
 */
public final class SharedModel implements AutoCloseable {
  private final OnlineLearner truth;

  private SharedModel(final OnlineLearner truth) {
    this.truth = truth;
  }

  /**
   * A model that goes on from a snapshot. What its current task has left for the precision is
   * forgotten: a learner hands that in.
   *
   * @throws IllegalArgumentException if a tensor is missing or of another shape, naming it
   */
  public static SharedModel restore(
      final LearnerSettings settings, final LearnerSnapshot snapshot) {
    final OnlineLearner truth = OnlineLearner.restore(settings, snapshot);
    truth.forgetTask();
    return new SharedModel(truth);
  }

  /**
   * Merges what learners have learned.
   *
   * @param shares one a learner, at least one
   * @throws IllegalArgumentException if a tensor is missing or of another shape, naming it
   */
  public void merge(final List<Share> shares) {
    final SortedMap<String, HostTensor> progress =
        TensorSums.mean(
            shares.stream().map(Share::progress).toList(),
            shares.stream().mapToLong(Share::examples).toArray());
    truth.adopt(TensorSums.plus(truth.parameters(), progress), Averages.mean(shares));
    truth.count(
        shares.stream().mapToLong(Share::steps).sum(),
        shares.stream().mapToLong(Share::examples).sum());
  }

  /**
   * Ends a task. Does nothing if no learner learned an example of it.
   *
   * @param learned one entry a learner
   * @return whether an example of it was learned
   */
  public boolean endTask(final List<TaskEvidence> learned) {
    if (learned.stream().allMatch(one -> one.examples() == 0)) {
      return false;
    }
    truth.endTask(learned);
    return true;
  }

  /** θ by tensor name. */
  public SortedMap<String, HostTensor> parameters() {
    return truth.parameters();
  }

  /** The merged moving averages. */
  public Averages averages() {
    return truth.averages();
  }

  /** Λ, μ and ΣN by name. */
  public SortedMap<String, HostTensor> posterior() {
    return truth.posterior();
  }

  /** The whole state, for this model to go on from. */
  public LearnerSnapshot state() {
    return truth.snapshot();
  }

  /** The whole state, for a learner to go on from: inverse roots are up to date. */
  public LearnerSnapshot snapshot() {
    truth.renew();
    return truth.snapshot();
  }

  @Override
  public void close() {
    truth.close();
  }
}
