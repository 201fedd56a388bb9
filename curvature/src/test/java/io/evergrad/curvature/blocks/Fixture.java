/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.blocks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.GroupType;
import io.evergrad.curvature.symmetry.Leaf;
import io.evergrad.curvature.symmetry.Symmetry;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** A small network with its orbit averages, computed by enumerating every group element. */
record Fixture(JsonNode json) {

  static Fixture read(final String name) throws IOException {
    try (InputStream in = Fixture.class.getResourceAsStream("/fixtures/" + name + ".json")) {
      return new Fixture(new ObjectMapper().readTree(in));
    }
  }

  Symmetry symmetry() {
    final SortedMap<String, Group> groups = new TreeMap<>();
    json.get("groups")
        .properties()
        .forEach(
            e ->
                groups.put(
                    e.getKey(),
                    new Group(
                        GroupType.of(e.getValue().get("type").asText()),
                        e.getValue().get("size").asInt())));
    final List<Leaf> leaves = new ArrayList<>();
    for (final JsonNode leaf : json.get("leaves")) {
      final List<Integer> shape = new ArrayList<>();
      leaf.get("shape").forEach(n -> shape.add(n.asInt()));
      final List<String> axes = new ArrayList<>();
      leaf.get("axes").forEach(n -> axes.add(n.asText()));
      leaves.add(new Leaf(leaf.get("name").asText(), shape, axes));
    }
    return new Symmetry(groups, leaves);
  }

  /** A field as rows × columns; a flat list is one row. */
  NDArray matrix(final NDManager manager, final String field) {
    final JsonNode node = json.get(field);
    final int rows = node.get(0).isArray() ? node.size() : 1;
    final int columns = rows == 1 && !node.get(0).isArray() ? node.size() : node.get(0).size();
    final double[] values = new double[rows * columns];
    for (int i = 0; i < values.length; i++) {
      final JsonNode row = node.get(0).isArray() ? node.get(i / columns) : node;
      values[i] = row.get(i % columns).asDouble();
    }
    return manager.create(values, new Shape(rows, columns));
  }
}
