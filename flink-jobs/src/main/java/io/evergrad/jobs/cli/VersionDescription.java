/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evergrad.store.Manifest;
import io.evergrad.store.ModelContent;
import io.evergrad.store.ModelVersion;
import io.evergrad.store.VersionSummary;
import io.evergrad.store.tensor.StoredTensor;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A stored version as text and as JSON. */
final class VersionDescription {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final List<String> COLUMNS =
      List.of("MODEL", "VERSION", "TASKS", "STEPS", "EXAMPLES", "CREATED", "NETWORK");

  private VersionDescription() {}

  /** A table with one line a version, below its heading. */
  static List<String> table(final List<VersionSummary> versions) {
    final List<List<String>> rows = new ArrayList<>();
    rows.add(COLUMNS);
    for (final VersionSummary version : versions) {
      final Manifest manifest = version.manifest();
      rows.add(
          List.of(
              manifest.model(),
              Long.toString(version.number()),
              Long.toString(manifest.progress().tasks()),
              Long.toString(manifest.progress().steps()),
              Long.toString(manifest.progress().examples()),
              manifest.createdAt().truncatedTo(ChronoUnit.SECONDS).toString(),
              manifest.network()));
    }
    return aligned(rows);
  }

  /** The manifest's fields, one a line, then a line for each tensor. */
  static List<String> lines(final ModelVersion version) {
    final Manifest manifest = version.content().manifest();
    final List<List<String>> fields = new ArrayList<>();
    fields.add(List.of("model", manifest.model()));
    fields.add(List.of("version", Long.toString(version.number())));
    fields.add(List.of("network", manifest.network()));
    fields.add(List.of("published by", manifest.key().toString()));
    fields.add(List.of("created", manifest.createdAt().toString()));
    fields.add(List.of("seed", Long.toString(manifest.seed())));
    fields.add(List.of("tasks", Long.toString(manifest.progress().tasks())));
    fields.add(List.of("steps", Long.toString(manifest.progress().steps())));
    fields.add(List.of("examples", Long.toString(manifest.progress().examples())));
    fields.add(List.of("since last task", Long.toString(manifest.progress().taskExamples())));
    manifest.symmetry().forEach((k, v) -> fields.add(List.of("symmetry", k + " = " + v)));
    manifest.offsets().forEach((k, v) -> fields.add(List.of("offset", k + " = " + v)));
    manifest.configuration().forEach((k, v) -> fields.add(List.of("configuration", k + " = " + v)));
    parts(version.content())
        .forEach(
            (part, tensors) ->
                tensors.forEach(
                    (name, tensor) ->
                        fields.add(
                            List.of(
                                part,
                                name + " " + type(tensor) + Arrays.toString(tensor.shape())))));
    return aligned(fields);
  }

  /** The manifest. */
  static ObjectNode json(final VersionSummary version) {
    final Manifest manifest = version.manifest();
    final ObjectNode root = JSON.createObjectNode();
    root.put("model", manifest.model())
        .put("version", version.number())
        .put("network", manifest.network())
        .put("job", manifest.key().job())
        .put("checkpoint", manifest.key().checkpoint())
        .put("sequence", manifest.key().sequence())
        .put("tasks", manifest.progress().tasks())
        .put("steps", manifest.progress().steps())
        .put("examples", manifest.progress().examples())
        .put("task_examples", manifest.progress().taskExamples())
        .put("seed", manifest.seed())
        .put("created_at", manifest.createdAt().toString());
    final ObjectNode symmetry = root.putObject("symmetry");
    manifest.symmetry().forEach(symmetry::put);
    final ObjectNode offsets = root.putObject("offsets");
    manifest.offsets().forEach(offsets::put);
    final ObjectNode configuration = root.putObject("configuration");
    manifest.configuration().forEach(configuration::put);
    return root;
  }

  /** The manifest, and type and shape of each tensor. */
  static ObjectNode json(final ModelVersion version) {
    final ObjectNode root =
        json(new VersionSummary(version.number(), version.content().manifest()));
    parts(version.content())
        .forEach(
            (part, tensors) -> {
              final ObjectNode node = root.putObject(part);
              tensors.forEach(
                  (name, tensor) -> {
                    final ObjectNode described = node.putObject(name);
                    described.put("type", type(tensor));
                    final ArrayNode shape = described.putArray("shape");
                    Arrays.stream(tensor.shape()).forEach(shape::add);
                  });
            });
    return root;
  }

  private static Map<String, SortedMap<String, StoredTensor>> parts(final ModelContent content) {
    final Map<String, SortedMap<String, StoredTensor>> parts = new LinkedHashMap<>();
    parts.put("weights", content.weights());
    parts.put("preconditioner", content.preconditioner());
    parts.put("precision", content.precision());
    return parts;
  }

  private static String type(final StoredTensor tensor) {
    return tensor.type().name().toLowerCase(Locale.ROOT);
  }

  /** Cells padded to the width of their column, two spaces apart. */
  private static List<String> aligned(final List<List<String>> rows) {
    final int[] widths =
        IntStream.range(0, rows.get(0).size())
            .map(column -> rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0))
            .toArray();
    return rows.stream()
        .map(
            row ->
                IntStream.range(0, widths.length)
                    .mapToObj(
                        column ->
                            row.get(column) + " ".repeat(widths[column] - row.get(column).length()))
                    .collect(Collectors.joining("  "))
                    .stripTrailing())
        .toList();
  }
}
