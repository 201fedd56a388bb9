/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import static io.evergrad.curvature.network.NetworkFixture.EXAMPLES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
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
        Stream.of(fixture.plainLogits(fixture.theta()))
            .flatMapToDouble(java.util.Arrays::stream)
            .toArray();
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
}
