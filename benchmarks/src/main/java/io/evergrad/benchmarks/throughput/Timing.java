/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.throughput;

/**
 * Examples learned, and how long that took.
 *
 * @param examples at least 1
 * @param seconds above 0
 */
public record Timing(long examples, double seconds) {

  /**
   * @throws IllegalArgumentException if there is nothing to divide
   */
  public Timing {
    if (examples < 1 || !(seconds > 0)) {
      throw new IllegalArgumentException(
          "nothing is left to be timed after the first steps: give the stream more examples");
    }
  }

  /** The rate. */
  public double examplesPerSecond() {
    return examples / seconds;
  }
}
