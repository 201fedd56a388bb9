/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import static io.evergrad.curvature.network.NetworkFixture.EXAMPLES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.blocks.BlockMatrix;
import io.evergrad.curvature.blocks.Vectors;
import io.evergrad.curvature.kinds.Kind;
import io.evergrad.curvature.kinds.KindDecomposition;
import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.GroupType;
import io.evergrad.curvature.symmetry.Leaf;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every family of networks against {@link PlainNetworks}, differentiated numerically. */
class NetworksTest {
  private static final double STEP = 1e-5;

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  static Stream<NetworkSpec> specs() {
    return NetworkFixture.specs();
  }

  @ParameterizedTest
  @MethodSource("specs")
  void logitsAreThoseOfTheNetwork(final NetworkSpec spec) {
    final NetworkFixture fixture = new NetworkFixture(manager, spec);

    final NDArray logits = fixture.network.forward(fixture.features, fixture.parameters).logits();

    assertThat(logits.getShape().getShape())
        .containsExactly((long) EXAMPLES * spec.predictions(), spec.classes());
    final double[] expected =
        Stream.of(fixture.plainLogits(fixture.theta())).flatMapToDouble(Arrays::stream).toArray();
    assertThat(logits.toDoubleArray()).containsExactly(expected, within(1e-11));
  }

  @ParameterizedTest
  @MethodSource("specs")
  void gradientsOfSingleExamplesAreFiniteDifferencesOfTheirLosses(final NetworkSpec spec) {
    final NetworkFixture fixture = new NetworkFixture(manager, spec);
    final Map<String, double[]> theta = fixture.theta();

    final NDList gradients = fixture.gradients().perExample(0, EXAMPLES);

    double largest = 0;
    for (int leaf = 0; leaf < gradients.size(); leaf++) {
      final String name = fixture.network.leaves().get(leaf).name();
      final double[] found = gradients.get(leaf).toDoubleArray();
      final double[] values = theta.get(name);
      assertThat(found).hasSize(EXAMPLES * values.length);
      for (int j = 0; j < values.length; j++) {
        final double value = values[j];
        values[j] = value + STEP;
        final double[] above = fixture.plainLosses(theta);
        values[j] = value - STEP;
        final double[] below = fixture.plainLosses(theta);
        values[j] = value;
        for (int i = 0; i < EXAMPLES; i++) {
          assertThat(found[i * values.length + j])
              .as("example %d, %s[%d]", i, name, j)
              .isCloseTo((above[i] - below[i]) / (2 * STEP), within(2e-8));
        }
      }
      largest = Math.max(largest, gradients.get(leaf).abs().max().getDouble());
    }
    assertThat(largest).isGreaterThan(0.1);
  }

  @ParameterizedTest
  @MethodSource("specs")
  void theMeanGradientIsThatOfTheExamples(final NetworkSpec spec) {
    final ExampleGradients gradients = new NetworkFixture(manager, spec).gradients();

    final NDList mean = gradients.mean();
    final NDList single = gradients.perExample(0, EXAMPLES);

    for (int leaf = 0; leaf < mean.size(); leaf++) {
      final NDArray average =
          single.get(leaf).sum(new int[] {0}).div((double) EXAMPLES * spec.predictions());
      assertThat(average.getShape()).isEqualTo(mean.get(leaf).getShape());
      assertThat(average.sub(mean.get(leaf)).abs().max().getDouble()).isLessThan(1e-14);
    }
  }

  @ParameterizedTest
  @MethodSource("specs")
  void meanSquaresAreThoseOfTheExamples(final NetworkSpec spec) {
    final ExampleGradients gradients = new NetworkFixture(manager, spec).gradients();

    final NDList squares = gradients.meanSquares();

    final NDList single = gradients.perExample(0, EXAMPLES);
    for (int leaf = 0; leaf < squares.size(); leaf++) {
      final NDArray expected =
          single.get(leaf).square().sum(new int[] {0}).div((double) EXAMPLES * spec.predictions());
      assertThat(squares.get(leaf).getShape()).isEqualTo(expected.getShape());
      assertThat(squares.get(leaf).toDoubleArray())
          .containsExactly(expected.toDoubleArray(), within(1e-13));
    }
  }

  @ParameterizedTest
  @MethodSource("specs")
  void secondMomentsOfTheWholeAreTheMeansOfTheExamples(final NetworkSpec spec) {
    final NetworkFixture fixture = new NetworkFixture(manager, spec);

    checkSecondMoment(fixture, new KindDecomposition(fixture.network.symmetry()), 0);
  }

  @ParameterizedTest
  @MethodSource("specs")
  void secondMomentsOfLayersSeenAsMatricesAreTheMeansOfTheExamples(final NetworkSpec spec) {
    final NetworkFixture fixture = new NetworkFixture(manager, spec);

    for (final Layer layer : fixture.network.layers()) {
      final List<Leaf> views = new ArrayList<>();
      views.add(new Leaf("W", List.of(layer.units(), layer.inputs()), List.of("units", Leaf.FREE)));
      if (layer.biased()) {
        views.add(new Leaf("b", List.of(layer.units()), List.of("units")));
      }
      final Group group = new Group(GroupType.PERMUTATION, layer.units());
      final Symmetry symmetry = new Symmetry(new TreeMap<>(Map.of("units", group)), views);
      checkSecondMoment(fixture, new KindDecomposition(symmetry), layer.weight());
    }
  }

  /** Σ X_κᵀ X_κ / d_κ over the examples, one after the other, each member in plain loops. */
  private static void checkSecondMoment(
      final NetworkFixture fixture, final KindDecomposition kinds, final int firstLeaf) {
    final ExampleGradients gradients = fixture.gradients();

    final BlockMatrix moment = gradients.secondMoment(kinds, firstLeaf);

    final List<Leaf> views = kinds.symmetry().leaves();
    final double scale = 1.0 / (EXAMPLES * fixture.spec.predictions());
    for (int k = 0; k < kinds.kinds().size(); k++) {
      final Kind kind = kinds.kinds().get(k);
      final int m = kind.multiplicity();
      final double[] expected = new double[kind.members() * m * m];
      for (int i = 0; i < EXAMPLES; i++) {
        final NDList single = new NDList();
        for (int v = 0; v < views.size(); v++) {
          final NDArray gradient = gradients.perExample(i, i + 1).get(firstLeaf + v);
          single.add(gradient.reshape(Vectors.shape(views.get(v))));
        }
        final double[] x = kinds.analyse(single).get(k).toDoubleArray();
        final int rows = x.length / m / kind.members();
        for (int row = 0; row < x.length / m; row++) {
          for (int a = 0; a < m; a++) {
            for (int b = 0; b < m; b++) {
              expected[(row / rows * m + a) * m + b] +=
                  scale * x[row * m + a] * x[row * m + b] / kind.dimension();
            }
          }
        }
      }
      assertThat(moment.blocks().get(k).toDoubleArray())
          .as("%s", kind)
          .containsExactly(expected, within(1e-12));
    }
  }

  @ParameterizedTest
  @MethodSource("specs")
  void computesInSinglePrecisionToo(final NetworkSpec spec) {
    final NetworkFixture fixture = new NetworkFixture(manager, spec);
    final NDList single = new NDList();
    fixture.parameters.forEach(p -> single.add(p.toType(DataType.FLOAT32, true)));
    final NDArray x = fixture.features.toType(DataType.FLOAT32, true);

    final Pass pass = fixture.network.forward(x, single);
    final NDList mean = pass.backward(fixture.derivative(pass)).mean();

    final NDList expected = fixture.gradients().mean();
    for (int leaf = 0; leaf < mean.size(); leaf++) {
      assertThat(mean.get(leaf).getDataType()).isEqualTo(DataType.FLOAT32);
      assertThat(mean.get(leaf).toType(DataType.FLOAT64, false).toDoubleArray())
          .containsExactly(expected.get(leaf).toDoubleArray(), within(1e-4));
    }
  }

  @ParameterizedTest
  @MethodSource("specs")
  void derivativesCanBePropagatedBackAgain(final NetworkSpec spec) {
    final NetworkFixture fixture = new NetworkFixture(manager, spec);
    final Pass pass = fixture.network.forward(fixture.features, fixture.parameters);
    final NDArray derivative = fixture.derivative(pass);

    final NDList first = pass.backward(derivative).mean();
    final NDList other = pass.backward(derivative.mul(-2)).mean();
    final NDList again = pass.backward(derivative).mean();

    for (int leaf = 0; leaf < first.size(); leaf++) {
      assertThat(again.get(leaf).toDoubleArray()).isEqualTo(first.get(leaf).toDoubleArray());
      assertThat(other.get(leaf).toDoubleArray())
          .containsExactly(first.get(leaf).mul(-2).toDoubleArray(), within(1e-13));
    }
  }

  @ParameterizedTest
  @MethodSource("specs")
  void layersHaveEachLeafOnce(final NetworkSpec spec) {
    final Network network = spec.network();

    int next = 0;
    for (final Layer layer : network.layers()) {
      assertThat(layer.weight()).isEqualTo(next);
      assertThat(layer.name()).isEqualTo(network.leaves().get(next).name());
      next = layer.end();
    }
    assertThat(next).isEqualTo(network.leaves().size());
  }

  @ParameterizedTest
  @MethodSource("specs")
  void initialParametersDependOnTheSeedOnly(final NetworkSpec spec) {
    final NDList one = spec.network().initialise(manager, 3);
    manager.randomNormal(new Shape(10));
    final NDList same = spec.network().initialise(manager, 3);
    final NDList other = spec.network().initialise(manager, 4);

    final List<Leaf> leaves = spec.network().leaves();
    for (int i = 0; i < one.size(); i++) {
      assertThat(one.get(i).getShape()).isEqualTo(Vectors.shape(leaves.get(i)));
      assertThat(one.get(i).toFloatArray()).isEqualTo(same.get(i).toFloatArray());
      if (leaves.get(i).name().matches(".*(bias|shift)")) {
        assertThat(one.get(i).toFloatArray()).containsOnly(0f);
      } else if (leaves.get(i).name().endsWith("gain")) {
        assertThat(one.get(i).toFloatArray()).containsOnly(1f);
      } else {
        assertThat(one.get(i).toFloatArray()).isNotEqualTo(other.get(i).toFloatArray());
      }
    }
  }

  @Test
  void recurrencesAreOrthogonalAtFirst() {
    final RecurrentSpec spec = new RecurrentSpec(3, 2, List.of(7), 2, Activation.TANH);

    final NDArray m = spec.network().initialise(manager, 5).get(2);

    assertThat(m.matMul(m.transpose()).toFloatArray())
        .containsExactly(manager.eye(7).toFloatArray(), within(1e-6f));
  }

  @ParameterizedTest
  @EnumSource(Normalisation.class)
  void tokensThatFollowDoNotChangeAPrediction(final Normalisation normalisation) {
    final TransformerSpec spec = new TransformerSpec(4, 5, 4, 2, 3, 2, normalisation);
    final NetworkFixture fixture = new NetworkFixture(manager, spec);
    final NDArray before = fixture.network.forward(fixture.features, fixture.parameters).logits();
    for (int place = 0; place <= spec.context(); place++) {
      final NDArray changed = fixture.features.duplicate();
      final NDIndex token = new NDIndex(":, {}", place);
      changed.set(token, changed.get(token).add(1).mod(spec.vocabulary()));

      final NDArray after = fixture.network.forward(changed, fixture.parameters).logits();

      final NDArray difference =
          after.sub(before).reshape(EXAMPLES, spec.context(), spec.vocabulary()).abs();
      for (int t = 0; t < spec.context(); t++) {
        final double largest = difference.get(new NDIndex(":, {}", t)).max().getDouble();
        if (t < place) {
          assertThat(largest).as("place %d, prediction %d", place, t).isZero();
        } else {
          assertThat(largest).as("place %d, prediction %d", place, t).isGreaterThan(1e-4);
        }
      }
    }
  }
}
