/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

import io.evergrad.benchmarks.experiment.StreamDefinition;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Methods beside each other on one stream.
 *
 * @param name for files and the command line, such as {@code permuted-10}
 * @param title for people
 * @param stream what is learned for the report
 * @param tuning what is learned to tune the methods: less
 * @param options what is laid over the options of each method, such as the network: values by their
 *     keys in {@link io.evergrad.jobs.config.EvergradOptions}, without their prefix; or null
 * @param rates learning rates to try, or null: the catalogue's
 * @param strengths strengths to try, or null: the catalogue's
 * @param criterion what they are tuned by
 * @param curveInterval steps from one point of the learning curve to the next; 0: no curve
 * @param figures columns, in order; at least one
 * @param methods name of the list of methods
 * @param bars what ours has to reach
 */
public record Table(
    String name,
    String title,
    StreamDefinition stream,
    StreamDefinition tuning,
    SortedMap<String, String> options,
    Grid rates,
    Grid strengths,
    Figure criterion,
    int curveInterval,
    List<Figure> figures,
    String methods,
    List<Bar> bars) {

  /** Copies the lists. */
  public Table {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(title, "title");
    Objects.requireNonNull(stream, "stream");
    Objects.requireNonNull(tuning, "tuning");
    Objects.requireNonNull(criterion, "criterion");
    Objects.requireNonNull(methods, "methods");
    options =
        options == null
            ? Collections.emptySortedMap()
            : Collections.unmodifiableSortedMap(new TreeMap<>(options));
    figures = List.copyOf(figures);
    bars = bars == null ? List.of() : List.copyOf(bars);
  }
}
