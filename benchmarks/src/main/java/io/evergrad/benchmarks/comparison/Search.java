/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

import io.evergrad.benchmarks.experiment.Logged;
import io.evergrad.benchmarks.experiment.Method;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.apache.flink.configuration.ConfigOption;

/**
 * Chooses a value of one setting by a figure. All values of the grid are tried; then, while the
 * best is at an edge and extensions are left, the next beyond it; then those half-way from the best
 * to its neighbours. Among equals the one nearest to the centre wins; what diverged loses to
 * everything.
 *
 * @param option the setting
 * @param grid the values
 * @param figure what is to be good
 */
record Search(ConfigOption<Double> option, Grid grid, Figure figure) {

  Search {
    Objects.requireNonNull(option, "option");
    Objects.requireNonNull(grid, "grid");
    Objects.requireNonNull(figure, "figure");
  }

  /** Carries out a method. */
  @FunctionalInterface
  interface Trial {
    Logged of(Method method) throws Exception;
  }

  /** One value. */
  private record Step(int step, Searched.Tried tried) {}

  /**
   * Searches.
   *
   * @param method with all else set
   * @param centre the value in the middle
   * @throws Exception if a trial fails
   */
  Searched from(final Method method, final double centre, final Trial trial) throws Exception {
    final List<Step> steps = new ArrayList<>();
    for (int step = -grid.last(); step <= grid.last(); step += Grid.WHOLE) {
      steps.add(step(method, centre, step, trial));
    }
    int extensions = 0;
    while (extensions < grid.extensions() && edge(steps) != 0) {
      steps.add(step(method, centre, best(steps).step() + Grid.WHOLE * edge(steps), trial));
      extensions++;
    }
    final int coarse = best(steps).step();
    final int edge = edge(steps);
    for (final int side : new int[] {-1, 1}) {
      if (side != edge) {
        steps.add(step(method, centre, coarse + side, trial));
      }
    }
    final Step best = best(steps);
    return new Searched(
        option.key(),
        steps.stream().sorted(Comparator.comparingInt(Step::step)).map(Step::tried).toList(),
        best.tried().value(),
        extensions,
        edge(steps) != 0);
  }

  private Step step(final Method method, final double centre, final int step, final Trial trial)
      throws Exception {
    final double value = grid.at(centre, step);
    return new Step(step, new Searched.Tried(value, trial.of(method.with(option, value))));
  }

  private Step best(final List<Step> steps) {
    return steps.stream()
        .sorted(Comparator.comparingInt((Step step) -> Math.abs(step.step())))
        .reduce((best, step) -> lead(step, best) > 0 ? step : best)
        .orElseThrow();
  }

  private double lead(final Step first, final Step second) {
    return figure.lead(
        figure.of(first.tried().logged().outcome()), figure.of(second.tried().logged().outcome()));
  }

  /** The edge that the best is at: 1, the upper; -1, the lower; 0, none. */
  private int edge(final List<Step> steps) {
    final int best = best(steps).step();
    if (steps.stream().noneMatch(step -> step.step() > best)) {
      return 1;
    }
    return steps.stream().noneMatch(step -> step.step() < best) ? -1 : 0;
  }
}
