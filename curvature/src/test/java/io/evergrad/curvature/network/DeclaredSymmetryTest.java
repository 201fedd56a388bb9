/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.GroupType;
import io.evergrad.curvature.symmetry.Leaf;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Group elements act on the parameters of every family, as their declarations say and otherwise.
 */
class DeclaredSymmetryTest {
  private final NDManager manager = NDManager.newBaseManager();
  private final SplittableRandom random = new SplittableRandom(8);

  @AfterEach
  void close() {
    manager.close();
  }

  static Stream<NetworkSpec> families() {
    return NetworkFixture.families();
  }

  @ParameterizedTest
  @MethodSource("families")
  void logitsDoNotChange(final NetworkSpec spec) {
    final NetworkFixture fixture = new NetworkFixture(manager, spec);

    assertThat(change(fixture, elements(fixture, 1), null, -1)).isLessThan(1e-12);
  }

  @ParameterizedTest
  @MethodSource("families")
  void logitsChangeIfOneAxisStaysBehind(final NetworkSpec spec) {
    final NetworkFixture fixture = new NetworkFixture(manager, spec);
    int tried = 0;
    for (final String group : fixture.network.symmetry().groups().keySet()) {
      final Map<String, NDArray> element = elements(fixture, 1);
      element.keySet().retainAll(List.of(group));
      for (final Leaf leaf : fixture.network.leaves()) {
        for (int axis = 0; axis < leaf.axes().size(); axis++) {
          if (leaf.axes().get(axis).equals(group)) {
            assertThat(change(fixture, element, leaf, axis))
                .as("%s, axis %d", leaf, axis)
                .isGreaterThan(1e-3);
            tried++;
          }
        }
      }
    }
    assertThat(tried).isGreaterThan(2);
  }

  @ParameterizedTest
  @MethodSource("families")
  void logitsChangeIfPermutedUnitsAreScaledToo(final NetworkSpec spec) {
    final NetworkFixture fixture = new NetworkFixture(manager, spec);
    fixture
        .network
        .symmetry()
        .groups()
        .forEach(
            (id, group) -> {
              if (group.type() == GroupType.PERMUTATION && !id.endsWith("heads")) {
                final Map<String, NDArray> element = elements(fixture, -1);
                element.keySet().retainAll(List.of(id));
                assertThat(change(fixture, element, null, -1)).as(id).isGreaterThan(1e-3);
              }
            });
  }

  @Test
  void transformersDeclareHeadsAndTheirElements() {
    final Network network = new TransformerSpec(3, 5, 6, 3, 4, 1, Normalisation.LAYER).network();

    assertThat(network.symmetry().groups())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "block1.heads", new Group(GroupType.PERMUTATION, 3),
                "block1.keys", new Group(GroupType.ORTHOGONAL, 2),
                "block1.values", new Group(GroupType.ORTHOGONAL, 2),
                "block1.hidden", new Group(GroupType.PERMUTATION, 4)));
    assertThat(network.leaves())
        .contains(
            new Leaf(
                "block1.attention.query.weight",
                List.of(3, 2, 6),
                List.of("block1.heads", "block1.keys", Leaf.FREE)),
            new Leaf(
                "block1.attention.query.bias",
                List.of(3, 2),
                List.of("block1.heads", "block1.keys")),
            new Leaf(
                "block1.attention.output.weight",
                List.of(6, 3, 2),
                List.of(Leaf.FREE, "block1.heads", "block1.values")));
  }

  @Test
  void theFullyConnectedLayerMovesWithTheFilters() {
    final Network network =
        new ConvolutionalSpec(2, 5, 4, List.of(3), 3, 2, 6, Activation.TANH).network();

    assertThat(network.symmetry().groups())
        .containsExactly(Map.entry("filters1", new Group(GroupType.SIGNED_PERMUTATION, 3)));
    assertThat(network.leaves())
        .containsExactly(
            new Leaf(
                "convolution1.weight",
                List.of(3, 2, 3, 3),
                List.of("filters1", Leaf.FREE, Leaf.FREE, Leaf.FREE)),
            new Leaf("convolution1.bias", List.of(3), List.of("filters1")),
            new Leaf(
                "output.weight",
                List.of(6, 3, 3, 2),
                List.of(Leaf.FREE, "filters1", Leaf.FREE, Leaf.FREE)),
            new Leaf("output.bias", List.of(6), List.of(Leaf.FREE)));
  }

  @Test
  void recurrentMatricesMeetTheirGroupTwice() {
    final Network network = new RecurrentSpec(3, 2, List.of(4), 3, Activation.RELU).network();

    assertThat(network.leaves())
        .contains(
            new Leaf("layer1.recurrent.weight", List.of(4, 4), List.of("hidden1", "hidden1")));
  }

  /**
   * The largest change of a logit if the elements act on all their axes.
   *
   * @param behind a leaf of which one axis does not move, or null
   */
  private double change(
      final NetworkFixture fixture,
      final Map<String, NDArray> elements,
      final Leaf behind,
      final int axisBehind) {
    final NDList moved = new NDList();
    for (int i = 0; i < fixture.parameters.size(); i++) {
      final Leaf leaf = fixture.network.leaves().get(i);
      NDArray value = fixture.parameters.get(i);
      for (int axis = 0; axis < leaf.axes().size(); axis++) {
        final NDArray element = elements.get(leaf.axes().get(axis));
        if (element != null && !(leaf.equals(behind) && axis == axisBehind)) {
          value = act(element, value, axis);
        }
      }
      moved.add(value);
    }
    final NDArray before = fixture.network.forward(fixture.features, fixture.parameters).logits();
    final NDArray after = fixture.network.forward(fixture.features, moved).logits();
    return after.sub(before).abs().max().getDouble();
  }

  private static NDArray act(final NDArray element, final NDArray value, final int axis) {
    final NDArray front = value.swapAxes(0, axis);
    final long n = front.getShape().get(0);
    return element
        .matMul(front.reshape(new Shape(n, -1)))
        .reshape(front.getShape())
        .swapAxes(0, axis);
  }

  /** One element for each group; entries of permutations are {@code sign}. */
  private Map<String, NDArray> elements(final NetworkFixture fixture, final double sign) {
    final Map<String, NDArray> elements = new HashMap<>();
    fixture
        .network
        .symmetry()
        .groups()
        .forEach(
            (id, group) -> {
              final int n = group.size();
              elements.put(
                  id,
                  switch (group.type()) {
                    case PERMUTATION -> cycle(n, sign, sign);
                    case SIGNED_PERMUTATION -> cycle(n, 1, -1);
                    case ORTHOGONAL -> rotation(n);
                    case IDENTITY, SIGN_FLIPS -> throw new AssertionError(id);
                  });
            });
    return elements;
  }

  private NDArray cycle(final int n, final double even, final double odd) {
    final double[] values = new double[n * n];
    for (int i = 0; i < n; i++) {
      values[i * n + (i + 1) % n] = i % 2 == 0 ? even : odd;
    }
    return manager.create(values, new Shape(n, n));
  }

  /** Reflections on random planes, one after the other. */
  private NDArray rotation(final int n) {
    NDArray rotation = manager.eye(n).toType(DataType.FLOAT64, false);
    for (int i = 0; i < n + 1; i++) {
      final double[] normal = random.doubles(n, -1, 1).toArray();
      final NDArray v = manager.create(normal, new Shape(n, 1));
      rotation =
          rotation.sub(
              v.matMul(v.transpose()).mul(2 / v.square().sum().getDouble()).matMul(rotation));
    }
    return rotation;
  }
}
