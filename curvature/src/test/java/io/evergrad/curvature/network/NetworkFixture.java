/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.blocks.Vectors;
import io.evergrad.curvature.symmetry.Leaf;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** One small network in float64, with random parameters and a batch of examples. */
final class NetworkFixture {
  static final int EXAMPLES = 4;

  final NetworkSpec spec;
  final Network network;
  final NDList parameters = new NDList();
  final NDArray features;
  final int[] targets;

  NetworkFixture(final NDManager manager, final NetworkSpec spec) {
    this.spec = spec;
    network = spec.network();
    final SplittableRandom random = new SplittableRandom(5);
    for (final Leaf leaf : network.leaves()) {
      final boolean gain = leaf.name().endsWith("gain");
      final double[] values =
          random.doubles(leaf.count(), -1, 1).map(v -> gain ? 1 + v / 2 : v).toArray();
      parameters.add(manager.create(values, Vectors.shape(leaf)));
    }
    final float[] x = new float[EXAMPLES * spec.inputs()];
    for (int i = 0; i < x.length; i++) {
      x[i] = spec.tokens() ? random.nextInt(spec.classes()) : (float) random.nextGaussian();
    }
    final int[] labels = random.ints(EXAMPLES, 0, spec.classes()).toArray();
    features =
        manager.create(x, new Shape(EXAMPLES, spec.inputs())).toType(DataType.FLOAT64, false);
    targets = spec.targets(FeatureRows.of(x, spec.inputs()), labels, EXAMPLES);
  }

  /** Every family, each in a few shapes. */
  static Stream<NetworkSpec> specs() {
    return Stream.of(
        new MlpSpec(3, List.of(4, 3), 3, Activation.GELU),
        new ConvolutionalSpec(2, 5, 4, List.of(3, 4), 3, 2, 3, Activation.GELU),
        new ConvolutionalSpec(1, 3, 4, List.of(2, 3), 3, 1, 2, Activation.TANH),
        new ConvolutionalSpec(2, 3, 2, List.of(3), 5, 3, 2, Activation.RELU),
        new ConvolutionalSpec(2, 3, 2, List.of(), 1, 1, 2, Activation.RELU),
        new RecurrentSpec(3, 2, List.of(3, 4), 3, Activation.TANH),
        new RecurrentSpec(4, 3, List.of(5), 2, Activation.GELU),
        new RecurrentSpec(1, 3, List.of(2), 2, Activation.RELU),
        new TransformerSpec(3, 5, 4, 2, 3, 2, Normalisation.LAYER),
        new TransformerSpec(4, 3, 6, 2, 4, 1, Normalisation.RMS),
        new TransformerSpec(1, 3, 3, 1, 2, 1, Normalisation.LAYER));
  }

  /** One of each family. */
  static Stream<NetworkSpec> families() {
    return Stream.of(
        new MlpSpec(3, List.of(4, 3), 3, Activation.TANH),
        new ConvolutionalSpec(2, 4, 4, List.of(3, 4), 3, 2, 3, Activation.GELU),
        new RecurrentSpec(3, 2, List.of(3, 4), 3, Activation.TANH),
        new TransformerSpec(3, 5, 6, 3, 4, 1, Normalisation.RMS),
        new TransformerSpec(3, 4, 4, 2, 3, 2, Normalisation.LAYER));
  }

  ExampleGradients gradients() {
    final Pass pass = network.forward(features, parameters);
    return pass.backward(derivative(pass));
  }

  NDArray derivative(final Pass pass) {
    return CrossEntropy.derivative(pass.logits(), features.getManager().create(targets));
  }

  /** Values by leaf name. */
  Map<String, double[]> theta() {
    final Map<String, double[]> theta = new LinkedHashMap<>();
    for (int i = 0; i < parameters.size(); i++) {
      theta.put(network.leaves().get(i).name(), parameters.get(i).toDoubleArray());
    }
    return theta;
  }

  /** Logits of all predictions by {@link PlainNetworks}, one row an example. */
  double[][] plainLogits(final Map<String, double[]> theta) {
    final double[] x = features.toDoubleArray();
    final double[][] logits = new double[EXAMPLES][];
    for (int i = 0; i < EXAMPLES; i++) {
      logits[i] =
          new PlainNetworks(theta)
              .logits(spec, Arrays.copyOfRange(x, i * spec.inputs(), (i + 1) * spec.inputs()));
    }
    return logits;
  }

  /** Each example's loss, the sum over its predictions. */
  double[] plainLosses(final Map<String, double[]> theta) {
    final double[][] logits = plainLogits(theta);
    final double[] losses = new double[EXAMPLES];
    for (int i = 0; i < EXAMPLES; i++) {
      for (int p = 0; p < spec.predictions(); p++) {
        double sum = 0;
        for (int c = 0; c < spec.classes(); c++) {
          sum += Math.exp(logits[i][p * spec.classes() + c]);
        }
        losses[i] +=
            Math.log(sum) - logits[i][p * spec.classes() + targets[i * spec.predictions() + p]];
      }
    }
    return losses;
  }
}
