/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cost;

import io.evergrad.benchmarks.measure.Machine;
import io.evergrad.benchmarks.measure.Median;
import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.jobs.data.LabelledImages;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Times steps of several subjects. Those of one width and batch take periods by turns, so that what
 * disturbs the machine disturbs all; reported are medians.
 *
 * @param images to learn
 * @param classes of them
 * @param groups subjects of one width and batch each
 * @param seconds to spend on each subject; at least one period is taken
 * @param profiled width of which the time is broken down by phase
 */
public record CostComparison(
    LabelledImages images, int classes, List<List<Subject>> groups, double seconds, int profiled) {
  private static final int MOST_PERIODS = 101;
  private static final int MATRIX = 1024;

  /** Copies the groups. */
  public CostComparison {
    Objects.requireNonNull(images, "images");
    groups = groups.stream().map(List::copyOf).toList();
  }

  /**
   * Measures.
   *
   * @param err where to tell how it goes
   */
  public CostResult run(final PrintWriter err) {
    final double load = Machine.load();
    final List<CostRow> rows = new ArrayList<>();
    final List<Double> speeds = new ArrayList<>();
    try (MatMulSpeed speed = new MatMulSpeed(MATRIX)) {
      speed.measure();
      for (final List<Subject> group : groups) {
        rows.addAll(measure(group, speed, speeds, err));
      }
    }
    return new CostResult(
        rows, Median.of(speeds.stream().mapToDouble(Double::doubleValue).toArray()), load);
  }

  private List<CostRow> measure(
      final List<Subject> group,
      final MatMulSpeed speed,
      final List<Double> speeds,
      final PrintWriter err) {
    final List<Stepper> steppers = new ArrayList<>();
    final List<List<Stopwatch.Time>> times = new ArrayList<>();
    try {
      for (final Subject subject : group) {
        steppers.add(new Stepper(settings(subject), images));
        times.add(new ArrayList<>());
      }
      final long end = System.nanoTime() + (long) (seconds * group.size() * 1e9);
      do {
        speeds.add(speed.measure());
        for (int i = 0; i < group.size(); i++) {
          times.get(i).add(steppers.get(i).period());
        }
      } while (System.nanoTime() < end && times.get(0).size() < MOST_PERIODS);
      final List<CostRow> rows = new ArrayList<>();
      for (int i = 0; i < group.size(); i++) {
        rows.add(row(group.get(i), steppers.get(i), times.get(i)));
        tell(err, rows.get(i));
      }
      return rows;
    } finally {
      steppers.forEach(Stepper::close);
    }
  }

  private CostRow row(
      final Subject subject, final Stepper stepper, final List<Stopwatch.Time> times) {
    final Map<Phase, Double> profile =
        subject.width() == profiled
            ? PhaseProfile.of(() -> repeat(stepper, times.size()))
            : Map.of();
    return new CostRow(
        subject,
        1e3 * Median.of(times.stream().mapToDouble(Stopwatch.Time::cpu).toArray()),
        1e3 * Median.of(times.stream().mapToDouble(Stopwatch.Time::wall).toArray()),
        times.size(),
        Subject.announcedFlops(settings(subject)),
        profile);
  }

  private static void repeat(final Stepper stepper, final int periods) {
    for (int i = 0; i < periods; i++) {
      stepper.period();
    }
  }

  private LearnerSettings settings(final Subject subject) {
    return subject.settings(images.pixels(), classes);
  }

  private static void tell(final PrintWriter err, final CostRow row) {
    err.printf(
        Locale.ROOT,
        "%s, width %d, batch %d: %.3f ms a step, %d periods%n",
        row.subject().label(),
        row.subject().width(),
        row.subject().batch(),
        row.milliseconds(),
        row.periods());
    err.flush();
  }
}
