/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cost;

import java.util.EnumMap;
import java.util.Map;

/**
 * Where a thread's time goes, by looking at its stack about once a millisecond from another thread.
 * Nearly all of a step is in native calls, where a thread can be looked at any time.
 */
final class PhaseProfile {
  private static final long PAUSE_MILLIS = 1;

  private PhaseProfile() {}

  /** The share of each phase in the time that some work takes in this thread. */
  static Map<Phase, Double> of(final Runnable work) {
    final Sampler sampler = new Sampler(Thread.currentThread());
    sampler.start();
    try {
      work.run();
    } finally {
      sampler.interrupt();
    }
    return sampler.shares();
  }

  private static final class Sampler extends Thread {
    private final Thread observed;
    private final Map<Phase, Integer> counts = new EnumMap<>(Phase.class);

    Sampler(final Thread observed) {
      super("phase-sampler");
      this.observed = observed;
      setDaemon(true);
    }

    @Override
    public void run() {
      try {
        while (true) {
          Thread.sleep(PAUSE_MILLIS);
          counts.merge(Phase.of(observed.getStackTrace()), 1, Integer::sum);
        }
      } catch (final InterruptedException e) {
        // The work is done.
      }
    }

    Map<Phase, Double> shares() {
      try {
        join();
      } catch (final InterruptedException e) {
        currentThread().interrupt();
        throw new IllegalStateException("interrupted while a profile ended", e);
      }
      final double all = Math.max(1, counts.values().stream().mapToInt(n -> n).sum());
      final Map<Phase, Double> shares = new EnumMap<>(Phase.class);
      counts.forEach((phase, count) -> shares.put(phase, count / all));
      return shares;
    }
  }
}
