/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Against networks whose orbit averages were computed by enumerating every group element. */
class CurvatureCommandTest {
  private static final Path FIXTURES = Path.of("..", "curvature", "src/test/resources/fixtures");
  private static final List<String> INPUT = List.of("groups", "leaves", "w", "gradients");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "conv",
        "identity",
        "mixed-groups",
        "mlp-bias",
        "mlp-one-hidden",
        "mlp-two-hidden",
        "rnn",
        "tanh-signed"
      })
  void agreesWithBruteForceAndNeedsTheInputFieldsOnly(final String name) throws IOException {
    final ObjectNode fixture = fixture(name);

    assertThat(run(write(fixture.deepCopy().retain(INPUT)))).isEqualTo(Evergrad.DONE);

    assertThat(err.toString()).doesNotContain("evergrad:");
    final JsonNode found = JSON.readTree(out.toString());
    for (final String field : List.of("r1_w", "r1_g", "s_w", "s_g", "second_moment")) {
      assertThat(distance(found.get(field), fixture.get(field))).as(field).isLessThan(1e-10);
    }
    for (final String field : List.of("h_eq11", "h_eq11_pinv_g0")) {
      assertThat(distance(found.get(field), fixture.get(field))).as(field).isLessThan(1e-8);
    }
    if (fixture.get("has_eq10").booleanValue()) {
      for (final String field : List.of("h_eq10", "h_eq10_pinv_g0")) {
        assertThat(distance(found.get(field), fixture.get(field))).as(field).isLessThan(1e-7);
      }
    }
    int parameters = 0;
    for (final JsonNode kind : found.get("kinds")) {
      assertThat(kind.get("label").textValue()).isNotBlank();
      parameters +=
          kind.get("members").intValue() * kind.get("d").intValue() * kind.get("m").intValue();
    }
    assertThat(parameters).isEqualTo(fixture.get("w").size());
  }

  @Test
  void kindsOfOneHiddenLayerAreItsMeanAndItsCentredPart() throws IOException {
    assertThat(run(FIXTURES.resolve("mlp-one-hidden.json"))).isEqualTo(Evergrad.DONE);

    final JsonNode found = JSON.readTree(out.toString());
    final List<JsonNode> kinds = new ArrayList<>();
    found.get("kinds").forEach(kind -> kinds.add(((ObjectNode) kind.deepCopy()).without("cost")));
    assertThat(kinds).containsExactlyInAnyOrder(kind("invariant", 1, 3), kind("h:centred", 4, 3));
    found
        .get("kinds")
        .forEach(kind -> assertThat(kind.at("/cost/block_bytes").intValue()).isEqualTo(4 * 9));
    assertThat(found.at("/cost/block_bytes").intValue()).isEqualTo(2 * 4 * 9);
    // X is 5 x 3 and 1 x 3; 15 parameters are averaged once and centred once.
    assertThat(found.at("/cost/update/flops").intValue()).isEqualTo(2 * (5 + 1) * 9 + 3 * 15);
    assertThat(found.at("/cost/renewal/working_bytes").intValue()).isEqualTo((9 * 8 + 2 * 4) * 9);
  }

  private static JsonNode kind(final String label, final int dimension, final int copies) {
    return JSON.createObjectNode()
        .put("label", label)
        .put("d", dimension)
        .put("m", copies)
        .put("members", 1)
        .put("eq10", true);
  }

  /** One vector of weights gives S_w rank d on a kind, which may be less than m. */
  @Test
  void saysOnWhichKindsEquationTenIsNotDetermined() throws IOException {
    final ObjectNode problem = fixture("mlp-two-hidden").retain(INPUT);

    assertThat(run(write(problem))).isEqualTo(Evergrad.DONE);

    final Map<String, Boolean> determined = new HashMap<>();
    JSON.readTree(out.toString())
        .get("kinds")
        .forEach(k -> determined.put(k.get("label").textValue(), k.get("eq10").booleanValue()));
    assertThat(determined)
        .containsEntry("invariant", true)
        .containsEntry("h1:centred h2:centred", true)
        .containsEntry("h1:centred", true)
        .containsEntry("h2:centred", false);
  }

  @Test
  void aGroupMetAThirdTimeIsRefused() throws IOException {
    final JsonNode cube =
        JSON.readTree(
            """
            {"groups": {"h": {"type": "permutation", "size": 2}},
             "leaves": [{"name": "cube", "shape": [2, 2, 2], "axes": ["h", "h", "h"]}],
             "w": [1, 2, 3, 4, 5, 6, 7, 8],
             "gradients": [[1, 2, 3, 4, 5, 6, 7, 8]]}
            """);

    assertRefused(write(cube), "leaf 'cube', axis 2: meets group 'h' a third time");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /groups/h1/type          | "cyclic"         | groups.h1: unknown group type 'cyclic'
          /groups/h1/size          | 0                | groups.h1: group size 0: expected at least 1
          /groups/h1/size          | 5                | leaf 'w1', axis 0: length 4, but group 'h1' has size 5
          /groups/free             | {}               | groups.free: the name marks axes
          /leaves                  | []               | leaves: expected at least one leaf
          /leaves/0/name           | ""               | leaves[0].name: a name of 0 characters
          /leaves/0/name           | "w2"             | two leaves are named 'w2'
          /leaves/0/shape/1        | 0                | leaves[0].shape[1]: 0, expected at least 1
          /leaves/0/shape/1        | 1.5              | leaves[0].shape[1]: expected an integer
          /leaves/0/shape/1        | 501              | leaves[0].shape[1]: 501, which makes more than 2000
          /leaves/0/shape/1        | 499              | leaves[1]: more than 2000 parameters
          /leaves/0/axes           | ["h1"]           | leaves[0].axes: 1 elements, expected 2
          /leaves/0/axes/1         | "h9"             | leaf 'w1', axis 1: unknown group 'h9'
          /w                       | [1, 2]           | w: 2 elements, expected 26
          /w/3                     | "1"              | w[3]: expected a number, found STRING
          /w/3                     | 1e200            | w[3]: 1.0E200, expected a number of at most
          /gradients               | []               | gradients: expected at least one gradient
          /gradients/1             | [0]              | gradients[1]: 1 elements, expected 26
          """)
  void wrongInputIsNamed(final String pointer, final String value, final String message)
      throws IOException {
    final ObjectNode problem = fixture("mlp-two-hidden").retain(INPUT);
    final int last = pointer.lastIndexOf('/');
    final JsonNode parent = problem.at(pointer.substring(0, last));
    final String key = pointer.substring(last + 1);
    if (parent instanceof ArrayNode array) {
      array.set(Integer.parseInt(key), JSON.readTree(value));
    } else {
      ((ObjectNode) parent).set(key, JSON.readTree(value));
    }

    assertRefused(write(problem), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"groups", "leaves", "w", "gradients"})
  void aMissingFieldIsNamed(final String field) throws IOException {
    final ObjectNode problem = fixture("conv").retain(INPUT);
    problem.remove(field);

    assertRefused(write(problem), field + ": expected an");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"w": [1, NaN]}      | not valid JSON at line 1
          {"w": [1], "w": [2]} | Duplicate field 'w'
          {"w": [1]            | not valid JSON at line 1
          [1]                  | expected a JSON object
          {} {}                | expected nothing after the JSON object
          """)
  void whatIsNotAJsonObjectIsRefused(final String text, final String message) throws IOException {
    assertRefused(Files.writeString(directory.resolve("problem.json"), text), message);
  }

  @Test
  void aMissingFileIsNamed() {
    final Path missing = directory.resolve("missing.json");

    assertThat(run(missing)).isEqualTo(Evergrad.FAILED);
    assertThat(err.toString()).contains("no such file: " + missing);
  }

  private void assertRefused(final Path file, final String message) {
    assertThat(run(file)).isEqualTo(Evergrad.FAILED);
    assertThat(err.toString()).startsWith("evergrad: " + file + ": ").contains(message);
    assertThat(out.toString()).isEmpty();
  }

  private Path write(final JsonNode problem) throws IOException {
    return Files.writeString(directory.resolve("problem.json"), problem.toString());
  }

  private int run(final Path file) {
    return Evergrad.commandLine()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
        .execute("curvature", file.toString());
  }

  private static ObjectNode fixture(final String name) throws IOException {
    return (ObjectNode) JSON.readTree(FIXTURES.resolve(name + ".json").toFile());
  }

  private static double distance(final JsonNode found, final JsonNode expected) {
    assertThat(found.getNodeType()).isEqualTo(expected.getNodeType());
    if (found.isNumber()) {
      return Math.abs(found.doubleValue() - expected.doubleValue());
    }
    assertThat(found.size()).isEqualTo(expected.size());
    double largest = 0;
    for (int i = 0; i < found.size(); i++) {
      largest = Math.max(largest, distance(found.get(i), expected.get(i)));
    }
    return largest;
  }
}
