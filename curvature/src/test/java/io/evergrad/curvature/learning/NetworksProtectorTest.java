/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.network.CrossEntropy;
import io.evergrad.curvature.network.ExampleGradients;
import io.evergrad.curvature.network.Layer;
import io.evergrad.curvature.network.Network;
import io.evergrad.curvature.network.NetworkSpec;
import io.evergrad.curvature.network.Normalisation;
import io.evergrad.curvature.network.Pass;
import io.evergrad.curvature.network.TransformerSpec;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The two-sided protection of weights of any order, used at several places. */
class NetworksProtectorTest {
  private static final int EXAMPLES = 5;
  private static final long TASK = 40;

  private final NDManager manager = NDManager.newBaseManager();
  private final LinearAlgebra algebra = new LinearAlgebra();

  @AfterEach
  void close() {
    algebra.close();
    manager.close();
  }

  static Stream<NetworkSpec> specs() {
    return Stream.concat(
        NetworksLearningTest.specs(),
        Stream.of(new TransformerSpec(3, 4, 6, 3, 5, 2, Normalisation.RMS)));
  }

  private static LearnerSettings settings(final NetworkSpec spec) {
    return LearnerSettings.builder(spec).learningRate(0.05).strength(30).pullInterval(1).build();
  }

  @ParameterizedTest
  @MethodSource("specs")
  void twoSidedFactorsAreTheAveragedFisher(final NetworkSpec spec) {
    final Network network = spec.network();
    final NDList parameters = network.initialise(manager, 3);
    final TwoSidedProtector protector =
        new TwoSidedProtector(settings(spec), network, manager, algebra);
    final ExampleGradients gradients = gradients(network, parameters);
    protector.observe(gradients);
    protector.consolidate(parameters, TASK);

    final Map<String, HostTensor> state = protector.state();

    final double scale = (double) TASK / EXAMPLES / spec.predictions();
    for (int l = 0; l < network.layers().size(); l++) {
      final Layer layer = network.layers().get(l);
      double[][] in = new double[layer.columns()][layer.columns()];
      double[][] out = new double[layer.units()][layer.units()];
      for (int i = 0; i < EXAMPLES; i++) {
        final double[][] g = joined(layer, gradients.perExample(i, i + 1));
        in = Dense.plus(in, scale / layer.units(), Dense.multiply(Dense.transpose(g), g));
        out = Dense.plus(out, scale / layer.columns(), Dense.multiply(g, Dense.transpose(g)));
      }
      assertThat(Dense.flat(Dense.symmetric(state, "layer" + (l + 1) + ".inputs")))
          .as(layer.name())
          .containsExactly(Dense.flat(in), within(1e-5 * Dense.trace(in)));
      assertThat(Dense.flat(Dense.symmetric(state, "layer" + (l + 1) + ".units")))
          .as(layer.name())
          .containsExactly(Dense.flat(out), within(1e-5 * Dense.trace(out)));
      assertThat(Dense.trace(out)).as(layer.name()).isPositive();
    }
  }

  /** D + ηλ u B D A / (tr B ΣN) = D₀ for what remains, D, of the distance D₀ from the anchor. */
  @ParameterizedTest
  @MethodSource("specs")
  void twoSidedPullSolvesTheProximalStep(final NetworkSpec spec) {
    final Network network = spec.network();
    final LearnerSettings settings = settings(spec);
    final NDList parameters = network.initialise(manager, 3);
    final TwoSidedProtector protector = new TwoSidedProtector(settings, network, manager, algebra);
    protector.observe(gradients(network, parameters));
    protector.consolidate(parameters, TASK);
    final NDList anchors = copy(parameters);
    final SplittableRandom random = new SplittableRandom(4);
    for (final NDArray parameter : parameters) {
      final double[] values = random.doubles(parameter.size(), -1, 1).toArray();
      parameter.addi(
          manager.create(values, parameter.getShape()).toType(parameter.getDataType(), false));
    }
    final NDList before = copy(parameters);

    protector.pull(parameters, 1);

    final Map<String, HostTensor> state = protector.state();
    double pulled = 0;
    for (int l = 0; l < network.layers().size(); l++) {
      final Layer layer = network.layers().get(l);
      final double[][] a = Dense.symmetric(state, "layer" + (l + 1) + ".inputs");
      final double[][] b = Dense.symmetric(state, "layer" + (l + 1) + ".units");
      final double[][] anchor = joined(layer, anchors);
      final double[][] away = Dense.plus(joined(layer, before), -1, anchor);
      final double[][] kept = Dense.plus(joined(layer, parameters), -1, anchor);
      final double scale =
          settings.learningRate() * settings.strength() * layer.units() / Dense.trace(b) / TASK;
      final double[][] left = Dense.plus(kept, scale, Dense.multiply(b, Dense.multiply(kept, a)));
      assertThat(Dense.flat(left)).as(layer.name()).containsExactly(Dense.flat(away), within(1e-4));
      pulled =
          Arrays.stream(Dense.flat(Dense.plus(kept, -1, away)))
              .map(Math::abs)
              .reduce(pulled, Math::max);
    }
    assertThat(pulled).isGreaterThan(0.05);
  }

  private NDList copy(final NDList parameters) {
    final NDList copy = new NDList();
    parameters.forEach(parameter -> copy.add(parameter.duplicate()));
    return copy;
  }

  /** [W b], or W, of arrays that are one a leaf. */
  private static double[][] joined(final Layer layer, final NDList leaves) {
    final NDArray weight = leaves.get(layer.weight()).reshape(layer.shape());
    return layer.biased()
        ? Dense.extended(weight, leaves.get(layer.weight() + 1).reshape(new Shape(layer.units())))
        : Dense.matrix(weight);
  }

  private ExampleGradients gradients(final Network network, final NDList parameters) {
    final NetworkSpec spec = network.spec();
    final MicroBatch batch = ToyTask.of(spec, 6).next(EXAMPLES);
    final NDArray x = manager.create(batch.features(), new Shape(EXAMPLES, spec.inputs()));
    final Pass pass = network.forward(x, parameters);
    final int[] targets = spec.targets(batch.rows(), batch.labels(), EXAMPLES);
    return pass.backward(CrossEntropy.derivative(pass.logits(), manager.create(targets)));
  }
}
