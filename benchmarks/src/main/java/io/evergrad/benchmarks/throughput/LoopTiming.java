/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.throughput;

/**
 * A run of the bare loop.
 *
 * @param examples at least 1
 * @param inSteps seconds that their steps took, above 0
 * @param atEnds seconds that ends of tasks took, at least 0
 */
public record LoopTiming(long examples, double inSteps, double atEnds) {

  /**
   * Steps and ends of tasks.
   *
   * @throws IllegalArgumentException if there is nothing to divide
   */
  public Timing learning() {
    return new Timing(examples, inSteps + atEnds);
  }

  /**
   * The steps alone.
   *
   * @throws IllegalArgumentException if there is nothing to divide
   */
  public Timing steps() {
    return new Timing(examples, inSteps);
  }
}
