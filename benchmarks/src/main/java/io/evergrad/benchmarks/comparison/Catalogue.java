/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.evergrad.benchmarks.experiment.StreamDefinition;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which methods meet on which streams, and how they are tuned: the experiments, declared.
 *
 * @param seeds of the reported runs
 * @param validationSeed of the runs that tune, none of {@code seeds}
 * @param rates learning rates to try, around where a method begins
 * @param strengths strengths to try
 * @param methods lists of methods, by name
 * @param tables in the order of the report
 */
public record Catalogue(
    List<Long> seeds,
    long validationSeed,
    Grid rates,
    Grid strengths,
    Map<String, List<Contender>> methods,
    List<Table> tables) {
  private static final String RESOURCE = "catalogue.yaml";

  private static final YAMLMapper YAML =
      YAMLMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE)
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /**
   * Checks that all names have something that they name.
   *
   * @throws IllegalArgumentException if a name comes twice or names nothing, or the seeds do not
   *     fit
   */
  public Catalogue {
    seeds = List.copyOf(seeds);
    Objects.requireNonNull(rates, "rates");
    Objects.requireNonNull(strengths, "strengths");
    methods = new LinkedHashMap<>(methods);
    tables = List.copyOf(tables);
    if (seeds.isEmpty() || seeds.stream().distinct().count() < seeds.size()) {
      throw new IllegalArgumentException("seeds " + seeds + ": expected one or more, each once");
    }
    if (seeds.contains(validationSeed)) {
      throw new IllegalArgumentException(
          "validation seed " + validationSeed + ": expected none of the seeds " + seeds);
    }
    requireOnce("table", tables.stream().map(Table::name));
    for (final Map.Entry<String, List<Contender>> list : methods.entrySet()) {
      requireOnce("method", list.getValue().stream().map(Contender::name));
    }
    for (final Table table : tables) {
      final List<Contender> contenders = methods.get(table.methods());
      if (contenders == null) {
        throw new IllegalArgumentException(
            "table %s: no list of methods %s; there are %s"
                .formatted(table.name(), table.methods(), methods.keySet()));
      }
      for (final Bar bar : table.bars()) {
        requireKnown(table, bar, contenders);
      }
    }
  }

  /** The experiments of the project. */
  public static Catalogue load() {
    try (InputStream yaml = Catalogue.class.getResourceAsStream(RESOURCE)) {
      return read(Objects.requireNonNull(yaml, RESOURCE));
    } catch (final IOException e) {
      throw new IllegalStateException(RESOURCE + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads a catalogue in YAML.
   *
   * @throws IOException if it is none, saying where
   */
  static Catalogue read(final InputStream yaml) throws IOException {
    return YAML.readValue(yaml, Catalogue.class);
  }

  /** The methods of a table, with the options that it lays over theirs. */
  public List<Contender> contenders(final Table table) {
    return methods.get(table.methods()).stream()
        .map(contender -> contender.with(table.options()))
        .toList();
  }

  /**
   * The table of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Table table(final String name) {
    return withTables(Set.of(name)).tables().get(0);
  }

  /**
   * The method of that name in a table, with the options that the table lays over its own.
   *
   * @throws IllegalArgumentException if the table has none
   */
  public Contender contender(final Table table, final String name) {
    final Map<String, Contender> known = new LinkedHashMap<>();
    contenders(table).forEach(contender -> known.put(contender.name(), contender));
    requireAll("method of table " + table.name(), List.of(name), List.copyOf(known.keySet()));
    return known.get(name);
  }

  /** The learning rates that a table tries. */
  Grid rates(final Table table) {
    return table.rates() == null ? rates : table.rates();
  }

  /** The strengths that a table tries. */
  Grid strengths(final Table table) {
    return table.strengths() == null ? strengths : table.strengths();
  }

  /** The names of all methods, each once. */
  public List<String> methodNames() {
    return methods.values().stream().flatMap(List::stream).map(Contender::name).distinct().toList();
  }

  /** The same with other seeds. */
  public Catalogue withSeeds(final List<Long> others) {
    return new Catalogue(others, validationSeed, rates, strengths, methods, tables);
  }

  /**
   * Some of the tables, in the catalogue's order.
   *
   * @throws IllegalArgumentException if there is no such table
   */
  public Catalogue withTables(final Set<String> names) {
    requireAll("table", names, tables.stream().map(Table::name).toList());
    return new Catalogue(
        seeds,
        validationSeed,
        rates,
        strengths,
        methods,
        tables.stream().filter(table -> names.contains(table.name())).toList());
  }

  /** The same on streams so short that all of it takes seconds: nothing to learn from. */
  public Catalogue quick() {
    return new Catalogue(
        seeds,
        validationSeed,
        quick(rates),
        quick(strengths),
        methods,
        tables.stream()
            .map(
                table ->
                    new Table(
                        table.name(),
                        table.title(),
                        quick(table.stream()),
                        quick(table.tuning()),
                        table.options(),
                        table.rates() == null ? null : quick(table.rates()),
                        table.strengths() == null ? null : quick(table.strengths()),
                        table.criterion(),
                        table.curveInterval() == 0 ? 0 : 1,
                        table.figures(),
                        table.methods(),
                        table.bars()))
            .toList());
  }

  private static StreamDefinition quick(final StreamDefinition stream) {
    return stream.texts() ? stream.brief(32, 16) : stream.brief(200, 100);
  }

  private static Grid quick(final Grid grid) {
    return new Grid(1, grid.factor(), 0);
  }

  /**
   * Refuses names that are none.
   *
   * @throws IllegalArgumentException naming the first that is unknown
   */
  public static void requireAll(
      final String what, final Iterable<String> names, final List<String> known) {
    for (final String name : names) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            "no %s %s: expected one of %s".formatted(what, name, String.join(", ", known)));
      }
    }
  }

  private static void requireOnce(final String what, final Stream<String> names) {
    final Set<String> seen = new HashSet<>();
    names.forEach(
        name -> {
          if (!seen.add(name)) {
            throw new IllegalArgumentException(what + " " + name + " comes twice");
          }
        });
  }

  private static void requireKnown(
      final Table table, final Bar bar, final List<Contender> contenders) {
    final List<String> known =
        Stream.concat(
                contenders.stream().map(Contender::name),
                contenders.stream().map(contender -> contender.role().name()))
            .distinct()
            .toList();
    requireAll("method of table " + table.name(), bar.aheadOf(), known);
    if (bar.ratioTo() != null) {
      requireAll("method of table " + table.name(), List.of(bar.ratioTo()), known);
    }
  }
}
