/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The JSON form of a manifest with its version's number. Fields that are not known are ignored; a
 * newer format version is refused, because its known fields may mean something else.
 */
final class ManifestJson {

  /** The number of a version that is staged only. */
  static final long UNPUBLISHED = 0;

  private static final int FORMAT_VERSION = 1;
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final JsonNode root;
  private final Path file;

  private ManifestJson(final JsonNode root, final Path file) {
    this.root = root;
    this.file = file;
  }

  static byte[] write(final VersionSummary summary) {
    final Manifest manifest = summary.manifest();
    final ObjectNode root = JSON.createObjectNode();
    root.put("format_version", FORMAT_VERSION);
    root.put("model", manifest.model());
    root.put("version", summary.number());
    root.put("network", manifest.network());
    root.put("job", manifest.key().job());
    root.put("checkpoint", manifest.key().checkpoint());
    root.put("sequence", manifest.key().sequence());
    root.put("steps", manifest.progress().steps());
    root.put("examples", manifest.progress().examples());
    root.put("tasks", manifest.progress().tasks());
    root.put("task_examples", manifest.progress().taskExamples());
    root.put("seed", manifest.seed());
    root.put("created_at", manifest.createdAt().toString());
    final ObjectNode shapes = root.putObject("shapes");
    manifest
        .shapes()
        .forEach(
            (name, shape) -> {
              final ArrayNode axes = shapes.putArray(name);
              shape.forEach(axes::add);
            });
    final ObjectNode symmetry = root.putObject("symmetry");
    manifest.symmetry().forEach(symmetry::put);
    final ObjectNode offsets = root.putObject("offsets");
    manifest.offsets().forEach(offsets::put);
    final ObjectNode configuration = root.putObject("configuration");
    manifest.configuration().forEach(configuration::put);
    try {
      // Line ends are spelt out: the same manifest gives the same bytes on every platform.
      final DefaultPrettyPrinter printer =
          new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n"));
      return (JSON.writer(printer).writeValueAsString(root) + "\n")
          .getBytes(StandardCharsets.UTF_8);
    } catch (final JsonProcessingException e) {
      throw new IllegalStateException("a tree of JSON always has a text", e);
    }
  }

  /**
   * @param file where the bytes come from, for messages
   */
  static VersionSummary read(final byte[] bytes, final Path file) throws StoreException {
    final JsonNode root;
    try {
      root = JSON.readTree(new String(bytes, StandardCharsets.UTF_8));
    } catch (final JsonProcessingException e) {
      throw new CorruptVersionException(
          file, "expected a JSON object, found: " + e.getOriginalMessage(), e);
    }
    return new ManifestJson(root, file).summary();
  }

  private VersionSummary summary() throws StoreException {
    final long format = integer("format_version");
    if (format > FORMAT_VERSION) {
      throw new UnsupportedVersionException(
          "%s: format_version %d: expected at most %d; read it with a newer Evergrad"
              .formatted(file, format, FORMAT_VERSION));
    }
    if (format < 1) {
      throw new CorruptVersionException(file, "format_version " + format + ": expected at least 1");
    }
    try {
      final Manifest manifest =
          new Manifest(
              string("model"),
              string("network"),
              shapes(),
              strings("symmetry"),
              new PublicationKey(
                  string("job"), integer("checkpoint"), Math.toIntExact(integer("sequence"))),
              offsets(),
              integer("seed"),
              strings("configuration"),
              new TrainingProgress(
                  integer("steps"),
                  integer("examples"),
                  integer("tasks"),
                  integer("task_examples")),
              Instant.parse(string("created_at")));
      return new VersionSummary(integer("version"), manifest);
    } catch (final IllegalArgumentException | ArithmeticException | DateTimeException e) {
      throw new CorruptVersionException(file, e.getMessage(), e);
    }
  }

  private String string(final String name) throws CorruptVersionException {
    return string(name, root.path(name));
  }

  private String string(final String name, final JsonNode node) throws CorruptVersionException {
    if (!node.isTextual()) {
      throw unexpected(name, "a string", node);
    }
    return node.textValue();
  }

  private long integer(final String name) throws CorruptVersionException {
    return integer(name, root.path(name));
  }

  private long integer(final String name, final JsonNode node) throws CorruptVersionException {
    if (!node.isIntegralNumber() || !node.canConvertToLong()) {
      throw unexpected(name, "an integer of 64 bits", node);
    }
    return node.longValue();
  }

  private JsonNode object(final String name) throws CorruptVersionException {
    final JsonNode node = root.path(name);
    if (!node.isObject()) {
      throw unexpected(name, "an object", node);
    }
    return node;
  }

  private SortedMap<String, String> strings(final String name) throws CorruptVersionException {
    final SortedMap<String, String> values = new TreeMap<>();
    for (final Map.Entry<String, JsonNode> field : object(name).properties()) {
      values.put(field.getKey(), string(name + "." + field.getKey(), field.getValue()));
    }
    return values;
  }

  private SortedMap<String, Long> offsets() throws CorruptVersionException {
    final SortedMap<String, Long> values = new TreeMap<>();
    for (final Map.Entry<String, JsonNode> field : object("offsets").properties()) {
      values.put(field.getKey(), integer("offsets." + field.getKey(), field.getValue()));
    }
    return values;
  }

  private SortedMap<String, List<Long>> shapes() throws CorruptVersionException {
    final SortedMap<String, List<Long>> values = new TreeMap<>();
    for (final Map.Entry<String, JsonNode> field : object("shapes").properties()) {
      final String name = "shapes." + field.getKey();
      if (!field.getValue().isArray()) {
        throw unexpected(name, "an array", field.getValue());
      }
      final List<Long> shape = new ArrayList<>(field.getValue().size());
      for (final JsonNode axis : field.getValue()) {
        shape.add(integer(name, axis));
      }
      values.put(field.getKey(), shape);
    }
    return values;
  }

  private CorruptVersionException unexpected(
      final String name, final String expected, final JsonNode found) {
    return new CorruptVersionException(
        file,
        "%s: expected %s, found %s"
            .formatted(name, expected, found.isMissingNode() ? "nothing" : found.getNodeType()));
  }
}
