/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.jobs.config.EvergradOptions;
import java.util.function.ToDoubleFunction;
import org.apache.flink.configuration.ConfigOption;

/** What one search is for. */
enum Tuned {
  /** The learning rate of the learner without its protection. */
  UNPROTECTED_RATE(EvergradOptions.LEARNING_RATE, LearnerSettings::learningRate),
  RATE(EvergradOptions.LEARNING_RATE, LearnerSettings::learningRate),
  STRENGTH(EvergradOptions.STRENGTH, LearnerSettings::strength),
  MEMORY(EvergradOptions.MEMORY, LearnerSettings::memory);

  private final ConfigOption<Double> option;
  private final ToDoubleFunction<LearnerSettings> centre;

  Tuned(final ConfigOption<Double> option, final ToDoubleFunction<LearnerSettings> centre) {
    this.option = option;
    this.centre = centre;
  }

  ConfigOption<Double> option() {
    return option;
  }

  /** Where the search begins. */
  double centre(final LearnerSettings settings) {
    return centre.applyAsDouble(settings);
  }

  /** Learning rates have a grid of their own; all else has that of strengths. */
  Grid grid(final Catalogue catalogue, final Table table) {
    return option == EvergradOptions.LEARNING_RATE
        ? catalogue.rates(table)
        : catalogue.strengths(table);
  }
}
