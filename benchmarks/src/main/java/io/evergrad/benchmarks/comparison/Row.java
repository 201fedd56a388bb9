/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

import io.evergrad.benchmarks.experiment.Logged;
import io.evergrad.benchmarks.experiment.Method;
import io.evergrad.benchmarks.measure.Median;
import io.evergrad.jobs.config.EvergradOptions;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A method in a table.
 *
 * @param contender which
 * @param searches what was tuned, in order
 * @param chosen the method as it was tuned
 * @param reported on the test split, by seed; at least one
 */
public record Row(
    Contender contender, List<Searched> searches, Method chosen, SortedMap<Long, Logged> reported) {

  /** Copies what it is given. */
  public Row {
    searches = List.copyOf(searches);
    reported = Collections.unmodifiableSortedMap(new TreeMap<>(reported));
  }

  /** The median over the seeds. */
  double median(final Figure figure) {
    return Median.of(values(figure));
  }

  /** A figure of each seed. */
  double[] values(final Figure figure) {
    return reported.values().stream().mapToDouble(l -> figure.of(l.outcome())).toArray();
  }

  /** The median, with the lowest and the highest where there are several seeds, for people. */
  String show(final Figure figure) {
    final double[] sorted = values(figure);
    Arrays.sort(sorted);
    return sorted.length == 1
        ? figure.show(sorted[0])
        : "%s (%s, %s)"
            .formatted(
                figure.show(median(figure)),
                figure.show(sorted[0]),
                figure.show(sorted[sorted.length - 1]));
  }

  /** What is set, but for what is of every method of the table, for people. */
  String settings(final Table table) {
    final SortedMap<String, String> set = new TreeMap<>(chosen.options());
    table.options().keySet().forEach(key -> set.remove(EvergradOptions.PREFIX + key));
    final Set<String> named = Set.of(EvergradOptions.RULE.key(), EvergradOptions.PROTECTION.key());
    set.keySet().removeAll(named);
    return shown(set);
  }

  /** Options by the last part of their keys, for people. */
  static String shown(final Map<String, String> options) {
    final String text =
        options.entrySet().stream()
            .map(
                option ->
                    option.getKey().substring(option.getKey().lastIndexOf('.') + 1)
                        + " "
                        + Numbers.setting(option.getValue()))
            .collect(Collectors.joining(", "));
    return text.isEmpty() ? "defaults" : text;
  }

  /** All that it rests on, tuning included. */
  Stream<Logged> all() {
    return Stream.concat(
        searches.stream().flatMap(search -> search.tried().stream()).map(Searched.Tried::logged),
        reported.values().stream());
  }
}
