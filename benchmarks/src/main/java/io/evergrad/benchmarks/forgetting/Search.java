/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.forgetting;

import io.evergrad.benchmarks.experiment.Method;
import io.evergrad.jobs.config.EvergradOptions;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Chooses a method's learning rate and strength by a score, never scoring the same twice. Among
 * equals the first tried wins; a NaN loses to everything. Not thread-safe.
 */
final class Search {
  private final Grid grid;
  private final Scorer scorer;
  private final Map<Method, Double> scores = new LinkedHashMap<>();

  /** What is to be made large. */
  @FunctionalInterface
  interface Scorer {
    double score(Method method) throws Exception;
  }

  Search(final Grid grid, final Scorer scorer) {
    this.grid = grid;
    this.scorer = scorer;
  }

  /** The best of the grid's learning rates. */
  Method rate(final Method method) throws Exception {
    return best(
        grid.learningRates().stream()
            .map(rate -> method.with(EvergradOptions.LEARNING_RATE, rate))
            .toList());
  }

  /**
   * Strength and learning rate: all decades at the method's own rate, then half-decades uphill from
   * the best, so that the best is never at an edge of what was tried; then all rates at the best
   * strength, and where another rate wins, half-decades uphill again at that rate.
   */
  Method strengthAndRate(final Method method) throws Exception {
    final int start = best(method, grid.decades());
    final int strength = climb(method, start);
    final Method found = rate(at(method, strength));
    if (!found.equals(at(method, strength))) {
      climb(found, strength);
    }
    return best(List.copyOf(scores.keySet()));
  }

  /** All that was tried, with its score, in order. */
  Map<Method, Double> scores() {
    return scores;
  }

  private int climb(final Method method, final int from) throws Exception {
    int best = from;
    int better = best(method, around(best));
    while (better != best) {
      best = better;
      better = best(method, around(best));
    }
    return best;
  }

  private List<Integer> around(final int halfDecade) {
    final List<Integer> neighbours = new java.util.ArrayList<>();
    neighbours.add(halfDecade);
    neighbours.addAll(grid.neighbours(halfDecade));
    return neighbours;
  }

  private int best(final Method method, final List<Integer> halfDecades) throws Exception {
    int best = halfDecades.get(0);
    for (final int halfDecade : halfDecades) {
      if (score(at(method, halfDecade)) > score(at(method, best))) {
        best = halfDecade;
      }
    }
    return best;
  }

  private Method best(final Collection<Method> methods) throws Exception {
    Method best = methods.iterator().next();
    for (final Method method : methods) {
      if (score(method) > score(best)) {
        best = method;
      }
    }
    return best;
  }

  private double score(final Method method) throws Exception {
    final Double known = scores.get(method);
    if (known != null) {
      return known;
    }
    final double score = scorer.score(method);
    scores.put(method, Double.isNaN(score) ? Double.NEGATIVE_INFINITY : score);
    return scores.get(method);
  }

  private static Method at(final Method method, final int halfDecade) {
    return method.with(EvergradOptions.STRENGTH, Grid.strength(halfDecade));
  }
}
