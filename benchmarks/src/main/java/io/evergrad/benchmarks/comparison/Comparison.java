/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

import io.evergrad.benchmarks.experiment.Laboratory;
import io.evergrad.benchmarks.experiment.Logged;
import io.evergrad.benchmarks.experiment.Method;
import io.evergrad.benchmarks.experiment.Split;
import io.evergrad.benchmarks.experiment.UnknownOutcomeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Predicate;

/**
 * Fills tables: each method is tuned on the validation split of the shorter stream, then run on the
 * test split for every seed. All methods ask the laboratory at the same time.
 *
 * @param catalogue the tables
 * @param included which methods take part
 * @param laboratory answers
 */
public record Comparison(
    Catalogue catalogue, Predicate<Contender> included, Laboratory laboratory) {

  /** Refuses what is missing. */
  public Comparison {
    Objects.requireNonNull(catalogue, "catalogue");
    Objects.requireNonNull(included, "included");
    Objects.requireNonNull(laboratory, "laboratory");
  }

  /**
   * Fills a table. What a laboratory that only recalls does not know is left out.
   *
   * @throws Exception if an experiment cannot be carried out
   */
  public TableResult run(final Table table) throws Exception {
    final List<Contender> contenders = catalogue.contenders(table);
    final List<Callable<Optional<Row>>> rows = new ArrayList<>();
    for (final Contender contender : contenders) {
      if (included.test(contender)) {
        rows.add(() -> known(table, contender));
      }
    }
    return new TableResult(
        table, contenders, Together.all(rows).stream().flatMap(Optional::stream).toList());
  }

  private Optional<Row> known(final Table table, final Contender contender) throws Exception {
    try {
      return Optional.of(row(table, contender));
    } catch (final UnknownOutcomeException e) {
      return Optional.empty();
    }
  }

  private Row row(final Table table, final Contender contender) throws Exception {
    final List<Searched> searches = new ArrayList<>();
    Method method = contender.method();
    for (final Tuned tuned : contender.tunes().order()) {
      final Method start = tuned == Tuned.UNPROTECTED_RATE ? contender.unprotected() : method;
      final Searched searched =
          new Search(tuned.option(), tuned.grid(catalogue, table), table.criterion())
              .from(start, tuned.centre(start.learner()), trial(table, contender));
      searches.add(searched);
      method = method.with(tuned.option(), searched.best());
    }
    return new Row(contender, searches, method, reported(table, contender, method));
  }

  private Search.Trial trial(final Table table, final Contender contender) {
    return method ->
        laboratory.run(
            name(table, contender),
            contender.experiment(
                method, catalogue.validationSeed(), Split.VALIDATION, table.tuning(), 0));
  }

  private SortedMap<Long, Logged> reported(
      final Table table, final Contender contender, final Method method) throws Exception {
    final SortedMap<Long, Logged> outcomes = new TreeMap<>();
    for (final long seed : catalogue.seeds()) {
      outcomes.put(
          seed,
          laboratory.run(
              name(table, contender),
              contender.experiment(
                  method, seed, Split.TEST, table.stream(), table.curveInterval())));
    }
    return outcomes;
  }

  /** What tells of an experiment calls it. */
  static String name(final Table table, final Contender contender) {
    return table.name() + ": " + contender.name();
  }
}
