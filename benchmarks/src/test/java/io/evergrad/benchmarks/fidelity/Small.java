/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.ConvolutionalSpec;
import io.evergrad.curvature.network.MlpSpec;
import io.evergrad.curvature.network.Network;
import io.evergrad.curvature.network.NetworkSpec;
import io.evergrad.curvature.network.Normalisation;
import io.evergrad.curvature.network.RecurrentSpec;
import io.evergrad.curvature.network.TransformerSpec;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Networks of a few dozen parameters, on random examples. */
final class Small {
  private static final int EXAMPLES = 7;

  private Small() {}

  static Stream<NetworkSpec> specs() {
    return Stream.of(
        mlp(),
        new ConvolutionalSpec(1, 4, 4, List.of(2), 3, 2, 3, Activation.GELU),
        new RecurrentSpec(3, 2, List.of(4), 3, Activation.TANH),
        new TransformerSpec(3, 4, 4, 2, 3, 1, Normalisation.RMS));
  }

  static NetworkSpec mlp() {
    return new MlpSpec(5, List.of(4), 3, Activation.TANH);
  }

  static NetworkSpec linear() {
    return new MlpSpec(3, List.of(), 4, Activation.LINEAR);
  }

  static Model model(final NDManager manager, final NetworkSpec spec) {
    return model(manager, spec, EXAMPLES);
  }

  static Model model(final NDManager manager, final NetworkSpec spec, final int examples) {
    final SplittableRandom random = new SplittableRandom(3);
    final Network network = spec.network();
    final float[] features = new float[examples * spec.inputs()];
    for (int i = 0; i < features.length; i++) {
      features[i] = spec.tokens() ? random.nextInt(spec.classes()) : (float) random.nextGaussian();
    }
    final int[] labels = random.ints(examples, 0, spec.classes()).toArray();
    final NDList parameters = new NDList();
    for (final NDArray leaf : network.initialise(manager, 11)) {
      parameters.add(leaf.toType(DataType.FLOAT64, true));
    }
    return Model.of(manager, network, parameters, new Source.Examples(features, labels));
  }

  static Evidence evidence(final Model model, final LinearAlgebra algebra) {
    return new Evidence(model.network(), ExactCurvature.overLabels(model), algebra);
  }
}
