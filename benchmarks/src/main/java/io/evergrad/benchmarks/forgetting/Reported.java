/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.forgetting;

import io.evergrad.benchmarks.experiment.Method;
import io.evergrad.benchmarks.experiment.Outcome;
import io.evergrad.benchmarks.measure.Median;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * A method on the test split.
 *
 * @param label what tables call it
 * @param outcomes by seed
 */
public record Reported(String label, Method method, SortedMap<Long, Outcome> outcomes) {

  /** Copies the outcomes. */
  public Reported {
    outcomes = Collections.unmodifiableSortedMap(new TreeMap<>(outcomes));
  }

  double averageAccuracy() {
    return median(Outcome::averageAccuracy);
  }

  double forgetting() {
    return median(Outcome::forgetting);
  }

  double learningAccuracy() {
    return median(Outcome::learningAccuracy);
  }

  private double median(final ToDoubleFunction<Outcome> figure) {
    return Median.of(outcomes.values().stream().mapToDouble(figure).toArray());
  }
}
