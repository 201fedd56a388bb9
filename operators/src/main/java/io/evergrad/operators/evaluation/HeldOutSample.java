/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.evaluation;

import io.evergrad.curvature.network.Candidates;
import io.evergrad.operators.decode.Features;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One task's held-out examples: all of them up to a limit, a uniform sample without replacement
 * beyond. Every example has a seeded random priority, and the sample of the first n is the ones of
 * lowest priority among them, for whichever n is asked for: so what is evaluated does not depend on
 * how many more have arrived meanwhile. Examples that no later n could ask for are not kept.
 */
final class HeldOutSample {
  private static final Comparator<Ranked> ORDER =
      Comparator.comparingLong(Ranked::priority).thenComparingLong(Ranked::index);

  private final long seed;
  private final int limit;
  private final List<HeldOut> kept = new ArrayList<>();
  private final PriorityQueue<Ranked> lowest = new PriorityQueue<>(ORDER.reversed());
  private long seen;

  private record Ranked(long priority, long index) {}

  /**
   * One held-out example.
   *
   * @param index counts the task's held-out examples from 0
   */
  record HeldOut(long index, Features features, int label, Candidates candidates) {}

  /**
   * What a checkpoint holds.
   *
   * @param task the task's id
   * @param seen how many examples have arrived
   * @param kept the ones that are kept, by index
   */
  record State(String task, long seen, List<HeldOut> kept) {}

  HeldOutSample(final String task, final long seed, final int limit) {
    this.seed = mix(seed + task.hashCode());
    this.limit = limit;
  }

  static HeldOutSample restore(final State state, final long seed, final int limit) {
    final HeldOutSample sample = new HeldOutSample(state.task(), seed, limit);
    for (final HeldOut example : state.kept()) {
      sample.keep(example);
    }
    sample.seen = state.seen();
    return sample;
  }

  State state(final String task) {
    return new State(task, seen, List.copyOf(kept));
  }

  /** How many examples have arrived. */
  long seen() {
    return seen;
  }

  /** Takes the next example. */
  void add(final Features features, final int label, final Candidates candidates) {
    keep(new HeldOut(seen++, features, label, candidates));
  }

  /** The sample of the first n examples, in the order of their arrival. */
  List<HeldOut> first(final long n) {
    final List<HeldOut> arrived = kept.stream().filter(example -> example.index() < n).toList();
    if (arrived.size() <= limit) {
      return arrived;
    }
    final Set<Long> indices =
        arrived.stream()
            .map(this::rank)
            .sorted(ORDER)
            .limit(limit)
            .map(Ranked::index)
            .collect(Collectors.toSet());
    return arrived.stream().filter(example -> indices.contains(example.index())).toList();
  }

  /** Drops what only samples of fewer than n examples could ask for. */
  void forgetBefore(final long n) {
    final List<HeldOut> sample = first(n);
    kept.removeIf(example -> example.index() < n);
    kept.addAll(0, sample);
  }

  private void keep(final HeldOut example) {
    final Ranked ranked = rank(example);
    if (lowest.size() == limit) {
      if (ORDER.compare(ranked, lowest.element()) > 0) {
        return;
      }
      lowest.remove();
    }
    lowest.add(ranked);
    kept.add(example);
  }

  private Ranked rank(final HeldOut example) {
    return new Ranked(mix(seed + example.index()), example.index());
  }

  /** SplitMix64 (Steele, Lea and Flood 2014). */
  private static long mix(final long value) {
    long z = value * 0x9e3779b97f4a7c15L + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
