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
import java.util.stream.IntStream;

/**
 * Times steps of several subjects. Those of one width and batch take slices by turns, so that what
 * disturbs the machine disturbs all, and each slice of a subject is compared with the reference's
 * of the same turn. After a few periods learners are made anew, as where memory happens to lie
 * counts as well.
 *
 * @param images to learn
 * @param classes of them
 * @param groups subjects of one width and batch each
 * @param seconds to spend on each subject; at least one period is taken
 * @param profiled width of which the time is broken down by phase
 */
public record CostComparison(
    LabelledImages images, int classes, List<List<Subject>> groups, double seconds, int profiled) {
  private static final int ROUND = 4;
  private static final int PROFILE = 10;
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

  /** What is known of one subject so far. */
  private record Times(PeriodTimes cpu, PeriodTimes wall, PeriodTimes extra) {
    Times(final int slices) {
      this(new PeriodTimes(slices), new PeriodTimes(slices), new PeriodTimes(slices));
    }
  }

  private List<CostRow> measure(
      final List<Subject> group,
      final MatMulSpeed speed,
      final List<Double> speeds,
      final PrintWriter err) {
    final List<Times> times = new ArrayList<>();
    for (final Subject subject : group) {
      times.add(new Times(Subject.period(settings(subject)) / Subject.SLICE));
    }
    final long end = System.nanoTime() + (long) (seconds * group.size() * 1e9);
    do {
      round(group, times, speed, speeds, end);
    } while (System.nanoTime() < end);
    final List<CostRow> rows = new ArrayList<>();
    for (int i = 0; i < group.size(); i++) {
      rows.add(row(group.get(i), times.get(i)));
      tell(err, rows.get(i));
    }
    return rows;
  }

  /** A few periods of new learners; no more than one after the end. */
  private void round(
      final List<Subject> group,
      final List<Times> times,
      final MatMulSpeed speed,
      final List<Double> speeds,
      final long end) {
    final int longest =
        group.stream().mapToInt(subject -> Subject.period(settings(subject))).max().orElseThrow();
    final List<Stepper> steppers = new ArrayList<>();
    try {
      group.forEach(subject -> steppers.add(new Stepper(settings(subject), images)));
      int turn = 0;
      do {
        speeds.add(speed.measure());
        for (int i = 0; i < longest / Subject.SLICE; i++) {
          turn(group, steppers, times, turn++);
        }
      } while (System.nanoTime() < end && turn < ROUND * (longest / Subject.SLICE));
    } finally {
      steppers.forEach(Stepper::close);
    }
  }

  /** A slice of each, another first than in the turn before. */
  private static void turn(
      final List<Subject> group,
      final List<Stepper> steppers,
      final List<Times> times,
      final int turn) {
    final Stopwatch.Time[] slices = new Stopwatch.Time[steppers.size()];
    for (int i = 0; i < slices.length; i++) {
      final int next = (turn + i) % slices.length;
      slices[next] = Stopwatch.time(() -> steppers.get(next).steps(Subject.SLICE));
    }
    final double reference =
        IntStream.range(0, group.size())
            .filter(i -> group.get(i).reference())
            .mapToDouble(i -> slices[i].cpu())
            .findFirst()
            .orElse(Double.NaN);
    for (int i = 0; i < slices.length; i++) {
      final Stopwatch.Time slice = slices[i];
      times.get(i).cpu().add(turn, slice.cpu() / Subject.SLICE);
      times.get(i).wall().add(turn, slice.wall() / Subject.SLICE);
      times.get(i).extra().add(turn, (slice.cpu() - reference) / Subject.SLICE);
    }
  }

  private CostRow row(final Subject subject, final Times times) {
    return new CostRow(
        subject,
        1e3 * times.cpu().mean(),
        1e3 * times.wall().mean(),
        1e3 * times.extra().mean(),
        times.cpu().periods(),
        Subject.announcedFlops(settings(subject)),
        subject.width() == profiled ? profile(settings(subject)) : Map.of());
  }

  private Map<Phase, Double> profile(final LearnerSettings settings) {
    try (Stepper stepper = new Stepper(settings, images)) {
      return PhaseProfile.of(() -> stepper.steps(PROFILE * Subject.period(settings)));
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
