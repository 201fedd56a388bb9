/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the methods of a role have to reach, by medians over the seeds. One of four: a figure of at
 * least, or at most, some value; a lead over others; or a ratio to another's figure.
 *
 * @param of whose figure
 * @param figure which
 * @param atLeast the lowest that will do, or null
 * @param atMost the highest that will do, or null; with {@code ratioTo}, of the ratio
 * @param aheadOf names of methods, or of roles, all of which it has to be better than, or null
 * @param by the lead that it needs; 0, or null: any
 * @param ratioTo name of a method, or null
 */
public record Bar(
    Role of,
    Figure figure,
    Double atLeast,
    Double atMost,
    List<String> aheadOf,
    Double by,
    String ratioTo) {

  /**
   * @throws IllegalArgumentException if it is none of the four
   */
  public Bar {
    Objects.requireNonNull(of, "of");
    Objects.requireNonNull(figure, "figure");
    aheadOf = aheadOf == null ? List.of() : List.copyOf(aheadOf);
    by = by == null ? 0 : by;
    final long kinds =
        Stream.of(atLeast != null, atMost != null, !aheadOf.isEmpty()).filter(is -> is).count();
    if (kinds != 1 || (ratioTo != null && atMost == null) || (by != 0 && aheadOf.isEmpty())) {
      throw new IllegalArgumentException(
          "a bar of "
              + figure
              + ": expected at-least, at-most, ratio-to with at-most, or ahead-of, perhaps with by");
    }
  }

  /** Verdicts for each method of the role; none if there is no such method. */
  List<Verdict> verdicts(final TableResult result) {
    return result.rows().stream()
        .filter(row -> row.contender().role() == of)
        .map(row -> verdict(row, result))
        .toList();
  }

  private Verdict verdict(final Row row, final TableResult result) {
    final double measured = row.median(figure);
    if (atLeast != null) {
      return new Verdict(
          row, figure.label(), show(measured), "≥ " + figure.show(atLeast), measured >= atLeast);
    }
    if (ratioTo != null) {
      return ratio(row, measured, result);
    }
    return atMost != null
        ? new Verdict(
            row, figure.label(), show(measured), "≤ " + figure.show(atMost), measured <= atMost)
        : lead(row, measured, result);
  }

  private Verdict ratio(final Row row, final double measured, final TableResult result) {
    final String what = figure.label() + ", beside " + spoken(ratioTo, result);
    final Optional<List<Row>> other = others(List.of(ratioTo), result);
    if (other.isEmpty()) {
      return Verdict.undecided(row, what, "≤ " + atMost + " ×");
    }
    final double theirs = other.get().get(0).median(figure);
    // Infinitely many examples on both sides are no ratio, and miss.
    final double ratio = measured / theirs;
    return new Verdict(
        row,
        what,
        "%s / %s%s"
            .formatted(
                show(measured),
                show(theirs),
                Double.isFinite(ratio) ? " = " + Numbers.ratio(ratio) + " ×" : ""),
        "≤ " + atMost + " ×",
        ratio <= atMost);
  }

  private Verdict lead(final Row row, final double measured, final TableResult result) {
    final String what =
        figure.label()
            + ", ahead of "
            + aheadOf.stream()
                .map(name -> spoken(name, result))
                .collect(Collectors.joining(" and "));
    final String required = by > 0 ? "≥ " + figure.show(by) + " ahead" : "ahead";
    final Optional<List<Row>> others = others(aheadOf, result);
    if (others.isEmpty()) {
      return Verdict.undecided(row, what, required);
    }
    final Row best =
        others.get().stream()
            .reduce((a, b) -> figure.lead(b.median(figure), a.median(figure)) > 0 ? b : a)
            .orElseThrow();
    final double theirs = best.median(figure);
    final double lead = figure.lead(measured, theirs);
    return new Verdict(
        row,
        what,
        "%s; %s: %s".formatted(show(measured), best.contender().label(), show(theirs))
            + (Double.isFinite(lead)
                ? "; %s %s".formatted(figure.show(Math.abs(lead)), lead < 0 ? "behind" : "ahead")
                : ""),
        required,
        by > 0 ? lead >= by : lead > 0);
  }

  /** The rows of methods by name or role; empty unless all of them were measured. */
  private static Optional<List<Row>> others(final List<String> names, final TableResult result) {
    final Predicate<Contender> other =
        contender -> names.contains(contender.name()) || names.contains(contender.role().name());
    final List<Row> rows =
        result.rows().stream().filter(row -> other.test(row.contender())).toList();
    return rows.isEmpty() || rows.size() < result.contenders().stream().filter(other).count()
        ? Optional.empty()
        : Optional.of(rows);
  }

  private static String spoken(final String name, final TableResult result) {
    return name.equals(Role.BASELINE.name())
        ? "every baseline without replay"
        : result.contenders().stream()
            .filter(contender -> contender.name().equals(name))
            .map(Contender::label)
            .findFirst()
            .orElse(name);
  }

  private String show(final double value) {
    return figure.show(value);
  }
}
