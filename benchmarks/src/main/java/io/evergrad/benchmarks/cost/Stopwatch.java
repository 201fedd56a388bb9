/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cost;

import io.evergrad.benchmarks.measure.ProcessorTime;

/** Measures work done in this thread. */
final class Stopwatch {
  private Stopwatch() {}

  /**
   * How long work took, in seconds.
   *
   * @param wall by the clock
   * @param cpu of a processor, in this thread: what other processes take does not count
   */
  record Time(double wall, double cpu) {}

  /** Times some work. */
  static Time time(final Runnable work) {
    final long wall = System.nanoTime();
    final long cpu = ProcessorTime.nanos();
    work.run();
    final long cpuEnd = ProcessorTime.nanos();
    return new Time((System.nanoTime() - wall) / 1e9, (cpuEnd - cpu) / 1e9);
  }
}
