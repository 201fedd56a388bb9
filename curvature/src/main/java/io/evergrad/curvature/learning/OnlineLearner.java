/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

/**
 * A network that learns from a stream, one micro-batch at a time, and keeps what earlier tasks
 * need.
 *
 * <p>Deterministic: the same settings, snapshot and sequence of calls give the same bits. Not
 * thread-safe; instances on different threads are independent. Holds native memory until closed.
 */
public final class OnlineLearner implements AutoCloseable {

  /** A learner with freshly initialised parameters. */
  public static OnlineLearner create(final LearnerSettings settings) {
    throw new UnsupportedOperationException("under construction");
  }

  /**
   * A learner that goes on from a snapshot.
   *
   * @throws IllegalArgumentException if a tensor is missing, unexpected or of another shape than
   *     the settings ask for, naming it
   */
  public static OnlineLearner restore(
      final LearnerSettings settings, final LearnerSnapshot snapshot) {
    throw new UnsupportedOperationException("under construction");
  }

  /** Judges a micro-batch with the current parameters, then learns it. */
  public StepResult step(final MicroBatch batch) {
    throw new UnsupportedOperationException("under construction");
  }

  /** Ends a task: Λ ← γΛ + N·F, μ ← θ. Does nothing if no example was learned since the last. */
  public void endTask() {
    throw new UnsupportedOperationException("under construction");
  }

  /** How many examples of a micro-batch the current parameters classify rightly. Learns nothing. */
  public int correct(final MicroBatch batch) {
    throw new UnsupportedOperationException("under construction");
  }

  /** The whole state, copied out of native memory. */
  public LearnerSnapshot snapshot() {
    throw new UnsupportedOperationException("under construction");
  }

  @Override
  public void close() {}
}
