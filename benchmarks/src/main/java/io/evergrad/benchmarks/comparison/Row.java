/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

import io.evergrad.benchmarks.experiment.Logged;
import io.evergrad.benchmarks.experiment.Method;
import io.evergrad.benchmarks.measure.Median;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
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

  /** All that it rests on, tuning included. */
  Stream<Logged> all() {
    return Stream.concat(
        searches.stream().flatMap(search -> search.tried().stream()).map(Searched.Tried::logged),
        reported.values().stream());
  }
}
