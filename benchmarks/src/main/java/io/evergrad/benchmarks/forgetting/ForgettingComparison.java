/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.forgetting;

import io.evergrad.benchmarks.experiment.ExperimentRunner;
import io.evergrad.benchmarks.experiment.Method;
import io.evergrad.benchmarks.experiment.Outcome;
import io.evergrad.benchmarks.experiment.Split;
import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.curvature.learning.LearnerSettings.Rule;
import io.evergrad.jobs.config.EvergradOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Our method at its defaults against Adam, with a diagonal EWC and without protection.
 *
 * <p>What is compared with is tuned on the validation split, with a seed of its own: EWC's strength
 * together with Adam's learning rate, and, for a row of its own, the learning rate of Adam alone.
 * Our method is only measured there, at its default strength and at a third and three times of it;
 * that chooses nothing. Then all are trained and tested on the test split, once for each seed.
 *
 * @param seeds of the reported runs, at least one
 * @param validationSeed of the runs on the validation split, none of {@code seeds}
 */
public record ForgettingComparison(List<Long> seeds, long validationSeed) {
  private static final double ADAM_RATE = LearnerSettings.defaultLearningRate(Rule.ADAM);
  private static final Grid GRID = new Grid(2, 8, List.of(5e-4, 1e-3, ADAM_RATE, 4e-3));
  private static final double OUR_STRENGTH = LearnerSettings.defaultStrength(Protection.SYMMETRY);
  private static final List<Double> OUR_STRENGTHS =
      List.of(OUR_STRENGTH / 3, OUR_STRENGTH, OUR_STRENGTH * 3);

  private static final Method OURS = Method.of(Rule.SYMMETRY, Protection.SYMMETRY);
  private static final Method EWC =
      Method.of(Rule.ADAM, Protection.EWC).with(EvergradOptions.LEARNING_RATE, ADAM_RATE);
  private static final Method NONE =
      Method.of(Rule.ADAM, Protection.NONE).with(EvergradOptions.LEARNING_RATE, ADAM_RATE);

  /**
   * @throws IllegalArgumentException if there is no seed, one comes twice, or one is that of the
   *     validation
   */
  public ForgettingComparison {
    seeds = List.copyOf(seeds);
    if (seeds.isEmpty() || seeds.stream().distinct().count() < seeds.size()) {
      throw new IllegalArgumentException("seeds " + seeds + ": expected one or more, each once");
    }
    if (seeds.contains(validationSeed)) {
      throw new IllegalArgumentException(
          "validation seed " + validationSeed + ": expected none of the seeds " + seeds);
    }
  }

  /**
   * Runs all that is not logged yet.
   *
   * @throws Exception if an experiment cannot be carried out
   */
  public ForgettingResult run(final ExperimentRunner runner) throws Exception {
    plan(runner);
    final List<Trial> ewcTrials = new ArrayList<>();
    final Method ewc = new Search(GRID, scorer(runner, ewcTrials)).strengthAndRate(EWC);
    final List<Trial> noneTrials = new ArrayList<>();
    final Method none = new Search(GRID, scorer(runner, noneTrials)).rate(NONE);
    final List<Trial> ourTrials = new ArrayList<>();
    final Search.Scorer ours = scorer(runner, ourTrials);
    for (final double strength : OUR_STRENGTHS) {
      ours.score(OURS.with(EvergradOptions.STRENGTH, strength));
    }
    return new ForgettingResult(
        reported(runner, "symmetry+symmetry, defaults", OURS),
        reported(runner, "adam+ewc, tuned", ewc),
        reported(runner, "adam+none, default learning rate", NONE),
        reported(runner, "adam+none, learning rate tuned", none),
        ewcTrials,
        noneTrials,
        ourTrials);
  }

  private void plan(final ExperimentRunner runner) {
    runner.plan(EWC, GRID.decades().size() + 2 + GRID.learningRates().size() - 1 + seeds.size());
    runner.plan(NONE, GRID.learningRates().size() + 2 * seeds.size());
    runner.plan(OURS, OUR_STRENGTHS.size() + seeds.size());
  }

  private Search.Scorer scorer(final ExperimentRunner runner, final List<Trial> trials) {
    return method -> {
      final Outcome outcome = runner.run(method, validationSeed, Split.VALIDATION);
      trials.add(new Trial(method, outcome));
      return outcome.averageAccuracy();
    };
  }

  private Reported reported(final ExperimentRunner runner, final String label, final Method method)
      throws Exception {
    final SortedMap<Long, Outcome> outcomes = new TreeMap<>();
    for (final long seed : seeds) {
      outcomes.put(seed, runner.run(method, seed, Split.TEST));
    }
    return new Reported(label, method, outcomes);
  }
}
