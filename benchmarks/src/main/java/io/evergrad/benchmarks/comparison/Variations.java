/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

import io.evergrad.benchmarks.experiment.Laboratory;
import io.evergrad.benchmarks.experiment.Logged;
import io.evergrad.benchmarks.experiment.Split;
import io.evergrad.benchmarks.experiment.StreamDefinition;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;

/**
 * A method of a table with every combination of some settings: for choosing, so on the validation
 * split.
 *
 * @param table whose figures are told
 * @param contender the method that is varied
 * @param stream what is learned
 * @param variations what is laid over the method's options, in order: values by their keys, as in
 *     {@link Contender#options()}
 * @param seeds of the runs of each
 */
public record Variations(
    Table table,
    Contender contender,
    StreamDefinition stream,
    List<Map<String, String>> variations,
    List<Long> seeds) {

  /**
   * Copies the lists.
   *
   * @throws IllegalArgumentException if there is no seed, or one comes twice
   * @throws RuntimeException if a job would refuse the options of a variation
   */
  public Variations {
    Objects.requireNonNull(table, "table");
    Objects.requireNonNull(contender, "contender");
    Objects.requireNonNull(stream, "stream");
    variations = List.copyOf(variations);
    seeds = List.copyOf(seeds);
    if (seeds.isEmpty() || new HashSet<>(seeds).size() < seeds.size()) {
      throw new IllegalArgumentException("seeds " + seeds + ": expected one or more, each once");
    }
    for (final Map<String, String> variation : variations) {
      contender.with(variation).method();
    }
  }

  /**
   * Every combination of values, the last key's varying fastest; of no keys, the one that sets
   * nothing.
   *
   * @param values of each key, in order
   */
  public static List<Map<String, String>> combinations(final Map<String, List<String>> values) {
    List<Map<String, String>> combinations = List.of(Map.of());
    for (final Map.Entry<String, List<String>> setting : values.entrySet()) {
      final List<Map<String, String>> longer = new ArrayList<>();
      for (final Map<String, String> combination : combinations) {
        for (final String value : setting.getValue()) {
          final Map<String, String> another = new TreeMap<>(combination);
          another.put(setting.getKey(), value);
          longer.add(another);
        }
      }
      combinations = longer;
    }
    return combinations;
  }

  /**
   * A row for each variation, in order, of runs on the validation split.
   *
   * @throws Exception if an experiment cannot be carried out
   */
  public List<Row> run(final Laboratory laboratory) throws Exception {
    final List<Contender> varied = variations.stream().map(contender::with).toList();
    final List<Callable<Logged>> runs = new ArrayList<>();
    for (final Contender each : varied) {
      for (final long seed : seeds) {
        runs.add(() -> run(laboratory, each, seed));
      }
    }
    final Iterator<Logged> outcomes = Together.all(runs).iterator();
    final List<Row> rows = new ArrayList<>();
    for (final Contender each : varied) {
      final SortedMap<Long, Logged> bySeed = new TreeMap<>();
      seeds.forEach(seed -> bySeed.put(seed, outcomes.next()));
      rows.add(new Row(each, List.of(), each.method(), bySeed));
    }
    return rows;
  }

  private Logged run(final Laboratory laboratory, final Contender varied, final long seed)
      throws Exception {
    return laboratory.run(
        Comparison.name(table, varied),
        varied.experiment(varied.method(), seed, Split.VALIDATION, stream, table.curveInterval()));
  }
}
