/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import io.evergrad.benchmarks.measure.Median;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * All points of a comparison. Figures are medians over seeds.
 *
 * @param seeds of the trainings
 * @param code digest of the code that measured
 * @param points of all families, seeds and stages
 */
public record FidelityResult(List<Long> seeds, String code, List<Point> points) {

  /** Families that have to be won. */
  static final int REQUIRED = 3;

  /** Copies the lists. */
  public FidelityResult {
    seeds = List.copyOf(seeds);
    points = List.copyOf(points);
  }

  /** The families measured. */
  List<Family> families() {
    return Arrays.stream(Family.values())
        .filter(family -> points.stream().anyMatch(point -> point.family() == family))
        .toList();
  }

  /** Names of all that was tried by an estimator, in the order of trying. */
  Set<String> choices(final Family family, final Estimator estimator) {
    final Set<String> names = new LinkedHashSet<>();
    measurements(family, null)
        .filter(measurement -> measurement.estimator() == estimator)
        .forEach(measurement -> names.add(measurement.choice()));
    return names;
  }

  private Stream<Measurement> measurements(final Family family, final Stage stage) {
    return points.stream()
        .filter(point -> point.family() == family && (stage == null || point.stage() == stage))
        .flatMap(point -> point.measurements().stream());
  }

  /** Any measurement of a choice: its name and side. */
  Measurement any(final Family family, final Estimator estimator, final String choice) {
    return measurements(family, null)
        .filter(m -> m.estimator() == estimator && m.choice().equals(choice))
        .findFirst()
        .orElseThrow();
  }

  /**
   * The median of a figure over the seeds, at one stage, or at all if it is null.
   *
   * @param figure of a measurement
   */
  double median(
      final Family family,
      final Stage stage,
      final Estimator estimator,
      final String choice,
      final ToDoubleFunction<Measurement> figure) {
    return Median.of(
        measurements(family, stage)
            .filter(m -> m.estimator() == estimator && m.choice().equals(choice))
            .mapToDouble(figure)
            .toArray());
  }

  /** The median of a figure of points over the seeds. */
  double median(final Family family, final Stage stage, final ToDoubleFunction<Point> figure) {
    return Median.of(
        points.stream()
            .filter(point -> point.family() == family && point.stage() == stage)
            .mapToDouble(figure)
            .toArray());
  }

  /** A point of the first seed. */
  Point first(final Family family, final Stage stage) {
    return points.stream()
        .filter(point -> point.family() == family && point.stage() == stage)
        .findFirst()
        .orElseThrow();
  }

  /** Who is closer in each family. */
  List<Verdict> verdicts() {
    return families().stream().map(family -> Verdict.of(this, family)).toList();
  }

  /** Whether enough families are won. */
  public boolean passed() {
    return verdicts().stream().filter(Verdict::closer).count() >= REQUIRED;
  }
}
