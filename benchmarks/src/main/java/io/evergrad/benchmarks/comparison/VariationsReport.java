/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What came of variations, as a Markdown table and as JSON. */
public final class VariationsReport {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Variations variations;
  private final List<Row> rows;

  /**
   * A report.
   *
   * @param rows of the variations
   */
  public VariationsReport(final Variations variations, final List<Row> rows) {
    this.variations = Objects.requireNonNull(variations, "variations");
    this.rows = List.copyOf(rows);
  }

  /** For people: a row for each variation, of medians with the lowest and the highest. */
  public String markdown() {
    final List<Figure> figures = variations.table().figures();
    return Stream.of(
            Stream.of(
                line(Stream.concat(Stream.of("settings"), figures.stream().map(Figure::label))),
                "|---".repeat(1 + figures.size()) + "|"),
            IntStream.range(0, rows.size())
                .mapToObj(
                    i ->
                        line(
                            Stream.concat(
                                Stream.of(Row.shown(variations.variations().get(i))),
                                figures.stream().map(rows.get(i)::show)))))
        .flatMap(lines -> lines)
        .collect(Collectors.joining("\n"));
  }

  private static String line(final Stream<String> cells) {
    return cells.collect(Collectors.joining(" | ", "| ", " |"));
  }

  /** For programs: each figure's median, and its values in the order of the seeds. */
  public String json() {
    final ObjectNode json = JSON.createObjectNode();
    json.put("table", variations.table().name());
    json.put("method", variations.contender().name());
    json.set("seeds", JSON.valueToTree(rows.get(0).reported().keySet()));
    final ArrayNode all = json.putArray("variations");
    for (final Row row : rows) {
      final ObjectNode one = all.addObject();
      one.set("options", JSON.valueToTree(row.contender().options()));
      final ObjectNode figures = one.putObject("figures");
      for (final Figure figure : variations.table().figures()) {
        final ObjectNode values = figures.putObject(figure.name().toLowerCase(Locale.ROOT));
        values.put("median", row.median(figure));
        values.set("runs", JSON.valueToTree(row.values(figure)));
      }
    }
    return json.toPrettyString();
  }
}
