/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.cli;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.evergrad.curvature.blocks.BlockMatrix;
import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.GroupType;
import io.evergrad.curvature.symmetry.Leaf;
import io.evergrad.curvature.symmetry.Symmetry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * A small network whose curvature is asked for: its declared symmetry, its parameters and
 * gradients.
 *
 * @param symmetry of N parameters, N at most {@value #MAX_PARAMETERS}
 * @param weights length N
 * @param gradients k × N, row-major, k at least 1
 */
record CurvatureProblem(Symmetry symmetry, double[] weights, double[] gradients) {
  /** Largest N. */
  static final int MAX_PARAMETERS = BlockMatrix.DENSE_LIMIT;

  private static final int MAX_AXES = 16;
  private static final long MAX_BYTES = 64L << 20;

  /** Squares of larger values, summed, could overflow. */
  private static final double MAX_MAGNITUDE = 1e150;

  private static final Pattern NAME = Pattern.compile("\\P{Cntrl}{1,128}");
  private static final Set<String> FIELDS = Set.of("groups", "leaves", "w", "gradients");
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  /**
   * Reads {@code groups}, {@code leaves}, {@code w} and {@code gradients} from a JSON object; other
   * fields are skipped.
   *
   * @throws IllegalArgumentException naming file and field, if the content is not as expected
   * @throws IOException if the file cannot be read
   */
  static CurvatureProblem read(final Path file) throws IOException {
    try {
      final long bytes = Files.size(file);
      require(bytes <= MAX_BYTES, "%d bytes: expected at most %d", Long.valueOf(bytes), MAX_BYTES);
      return of(fields(file));
    } catch (final JsonProcessingException e) {
      throw new IllegalArgumentException(
          "%s: not valid JSON at line %d, column %d: %s"
              .formatted(
                  file,
                  e.getLocation().getLineNr(),
                  e.getLocation().getColumnNr(),
                  e.getOriginalMessage()),
          e);
    } catch (final IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }

  private static Map<String, JsonNode> fields(final Path file) throws IOException {
    final Map<String, JsonNode> fields = new HashMap<>();
    try (JsonParser parser = JSON.createParser(file.toFile())) {
      require(parser.nextToken() == JsonToken.START_OBJECT, "expected a JSON object");
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        final String name = parser.currentName();
        parser.nextToken();
        if (FIELDS.contains(name)) {
          fields.put(name, JSON.readTree(parser));
        } else {
          parser.skipChildren();
        }
      }
      require(parser.nextToken() == null, "expected nothing after the JSON object");
    }
    return fields;
  }

  private static CurvatureProblem of(final Map<String, JsonNode> fields) {
    final SortedMap<String, Group> groups = groups(object("groups", fields.get("groups")));
    final List<Leaf> leaves = leaves(array("leaves", fields.get("leaves")));
    final Symmetry symmetry = new Symmetry(groups, leaves);
    final int count = (int) symmetry.count();

    final double[] weights = new double[count];
    vector("w", fields.get("w"), weights, 0, count);

    final JsonNode rows = array("gradients", fields.get("gradients"));
    require(!rows.isEmpty(), "gradients: expected at least one gradient");
    for (int i = 0; i < rows.size(); i++) {
      sized("gradients[" + i + "]", rows.get(i), count);
    }
    final double[] gradients = new double[Math.multiplyExact(rows.size(), count)];
    for (int i = 0; i < rows.size(); i++) {
      vector("gradients[" + i + "]", rows.get(i), gradients, i * count, count);
    }
    return new CurvatureProblem(symmetry, weights, gradients);
  }

  private static SortedMap<String, Group> groups(final JsonNode node) {
    final SortedMap<String, Group> groups = new TreeMap<>();
    for (final Map.Entry<String, JsonNode> field : node.properties()) {
      final String where = "groups." + field.getKey();
      requireName("groups", field.getKey());
      require(
          !field.getKey().equals(Leaf.FREE),
          "%s: the name marks axes that no group acts on; choose another",
          where);
      final JsonNode group = object(where, field.getValue());
      final String type = string(where + ".type", group.get("type"));
      final int size = integer(where + ".size", group.get("size"));
      try {
        groups.put(field.getKey(), new Group(GroupType.of(type), size));
      } catch (final IllegalArgumentException e) {
        throw new IllegalArgumentException(where + ": " + e.getMessage(), e);
      }
    }
    return groups;
  }

  private static List<Leaf> leaves(final JsonNode node) {
    require(!node.isEmpty(), "leaves: expected at least one leaf");
    final List<Leaf> leaves = new ArrayList<>();
    long total = 0;
    for (int i = 0; i < node.size(); i++) {
      final String where = "leaves[" + i + "]";
      final Leaf leaf = leaf(where, object(where, node.get(i)));
      total += leaf.count();
      require(
          total <= MAX_PARAMETERS,
          "%s: more than %d parameters so far, expected at most that many in all",
          where,
          MAX_PARAMETERS);
      leaves.add(leaf);
    }
    return leaves;
  }

  private static Leaf leaf(final String where, final JsonNode node) {
    final String name = string(where + ".name", node.get("name"));
    requireName(where + ".name", name);
    final JsonNode lengths = array(where + ".shape", node.get("shape"));
    require(
        lengths.size() <= MAX_AXES,
        "%s.shape: %d axes, expected at most %d",
        where,
        lengths.size(),
        MAX_AXES);
    final List<Integer> shape = new ArrayList<>();
    long count = 1;
    for (int axis = 0; axis < lengths.size(); axis++) {
      final String at = where + ".shape[" + axis + "]";
      final int length = integer(at, lengths.get(axis));
      require(length >= 1, "%s: %d, expected at least 1", at, length);
      count *= length;
      require(
          count <= MAX_PARAMETERS,
          "%s: %d, which makes more than %d parameters",
          at,
          length,
          MAX_PARAMETERS);
      shape.add(length);
    }
    final List<String> axes = new ArrayList<>();
    final JsonNode ids = sized(where + ".axes", node.get("axes"), shape.size());
    for (int axis = 0; axis < ids.size(); axis++) {
      axes.add(string(where + ".axes[" + axis + "]", ids.get(axis)));
    }
    return new Leaf(name, shape, axes);
  }

  private static void vector(
      final String where,
      final JsonNode node,
      final double[] target,
      final int first,
      final int count) {
    sized(where, node, count);
    for (int i = 0; i < count; i++) {
      final JsonNode number = node.get(i);
      if (!number.isNumber()) {
        throw unexpected(where + "[" + i + "]", "a number", number);
      }
      final double value = number.doubleValue();
      require(
          Math.abs(value) <= MAX_MAGNITUDE,
          "%s[%d]: %s, expected a number of at most %s",
          where,
          i,
          value,
          MAX_MAGNITUDE);
      target[first + i] = value;
    }
  }

  private static JsonNode sized(final String where, final JsonNode node, final int length) {
    final JsonNode array = array(where, node);
    require(
        array.size() == length,
        "%s: %d elements, expected %d, as the shapes say",
        where,
        array.size(),
        length);
    return array;
  }

  private static JsonNode array(final String where, final JsonNode node) {
    if (node == null || !node.isArray()) {
      throw unexpected(where, "an array", node);
    }
    return node;
  }

  private static JsonNode object(final String where, final JsonNode node) {
    if (node == null || !node.isObject()) {
      throw unexpected(where, "an object", node);
    }
    return node;
  }

  private static String string(final String where, final JsonNode node) {
    if (node == null || !node.isTextual()) {
      throw unexpected(where, "a string", node);
    }
    return node.textValue();
  }

  private static int integer(final String where, final JsonNode node) {
    if (node == null || !node.isIntegralNumber() || !node.canConvertToInt()) {
      throw unexpected(where, "an integer of 32 bits", node);
    }
    return node.intValue();
  }

  private static void requireName(final String where, final String name) {
    require(
        NAME.matcher(name).matches(),
        "%s: a name of %d characters, expected 1 to 128 and no control characters",
        where,
        name.length());
  }

  private static void require(
      final boolean condition, final String message, final Object... arguments) {
    if (!condition) {
      throw new IllegalArgumentException(message.formatted(arguments));
    }
  }

  private static IllegalArgumentException unexpected(
      final String where, final String expected, final JsonNode found) {
    return new IllegalArgumentException(
        "%s: expected %s, found %s"
            .formatted(where, expected, found == null ? "nothing" : found.getNodeType()));
  }
}
