/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.peers;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Whether both sides do the same: their means over the seeds differ by at most two standard errors
 * of that difference, plus what would not matter anyhow.
 *
 * @param ours mean of our side
 * @param peers mean of the peer
 * @param standardError of the difference of the means
 * @param tolerance what a difference may be apart from noise
 */
public record Agreement(double ours, double peers, double standardError, double tolerance) {
  /** For accuracies. */
  static final double ACCURACY = 0.005;

  /** For mean losses of the first 100 steps, in nats. */
  static final double LOSS = 0.02;

  private static final double ERRORS = 2;

  /**
   * From one figure of each seed, where a seed means the same initial parameters and the same order
   * on both sides: the standard error is that of the mean of the differences, s/√n.
   *
   * @throws IllegalArgumentException if there are fewer than two, which have no spread, or not as
   *     many of each
   */
  static Agreement paired(
      final List<Double> ours, final List<Double> peers, final double tolerance) {
    if (ours.size() != peers.size()) {
      throw new IllegalArgumentException(
          "%d and %d figures: expected as many of each".formatted(ours.size(), peers.size()));
    }
    requireSpread(ours, peers);
    final List<Double> differences =
        IntStream.range(0, ours.size()).mapToObj(i -> ours.get(i) - peers.get(i)).toList();
    return new Agreement(
        mean(ours), mean(peers), Math.sqrt(variance(differences) / ours.size()), tolerance);
  }

  /**
   * From one figure of each seed, where each side draws for itself: √(s₁²/n₁ + s₂²/n₂).
   *
   * @throws IllegalArgumentException if a side has fewer than two, which have no spread
   */
  static Agreement independent(
      final List<Double> ours, final List<Double> peers, final double tolerance) {
    requireSpread(ours, peers);
    return new Agreement(
        mean(ours),
        mean(peers),
        Math.sqrt(variance(ours) / ours.size() + variance(peers) / peers.size()),
        tolerance);
  }

  private static void requireSpread(final List<Double> ours, final List<Double> peers) {
    if (ours.size() < 2 || peers.size() < 2) {
      throw new IllegalArgumentException(
          "%d and %d figures: agreement is judged by their spread, so expected at least 2 of each"
              .formatted(ours.size(), peers.size()));
    }
  }

  double difference() {
    return ours - peers;
  }

  double allowed() {
    return ERRORS * standardError + tolerance;
  }

  /** Whether they agree; NaN does not. */
  boolean holds() {
    return Math.abs(difference()) <= allowed();
  }

  private static double mean(final List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }

  private static double variance(final List<Double> values) {
    final double mean = mean(values);
    return values.stream().mapToDouble(value -> (value - mean) * (value - mean)).sum()
        / (values.size() - 1);
  }
}
