/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.symmetry.GroupType;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Against a network written in plain Java doubles, differentiated numerically. */
class MlpTest {
  private static final int EXAMPLES = 6;
  private static final int[] LABELS = {0, 2, 1, 1, 0, 2};

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  private static MlpSpec spec(final Activation activation) {
    return new MlpSpec(4, List.of(5, 3), 3, activation);
  }

  private NDArray features(final MlpSpec spec) {
    return random(new Shape(EXAMPLES, spec.inputs()), 17, 1);
  }

  /** Initial weights, and biases that are not zero. */
  private NDList parameters(final Mlp network) {
    final NDList parameters = network.initialise(manager, 7);
    for (int i = 1; i < parameters.size(); i += 2) {
      parameters.set(i, random(parameters.get(i).getShape(), i, 0.3));
    }
    return parameters;
  }

  private NDArray random(final Shape shape, final long seed, final double scale) {
    final SplittableRandom random = new SplittableRandom(seed);
    final float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (scale * random.nextGaussian());
    }
    return manager.create(values, shape);
  }

  @ParameterizedTest
  @EnumSource(Activation.class)
  void logitsAreThoseOfTheNetwork(final Activation activation) {
    final Mlp network = new Mlp(spec(activation));
    final NDList parameters = parameters(network);
    final NDArray x = features(network.spec());

    final float[] logits = network.forward(x, parameters).logits().toFloatArray();

    final double[][] expected = new Reference(network.spec(), x, parameters).logits();
    for (int i = 0; i < logits.length; i++) {
      assertThat((double) logits[i]).isCloseTo(expected[i / 3][i % 3], within(1e-5));
    }
  }

  @ParameterizedTest
  @EnumSource(Activation.class)
  void gradientsAreFiniteDifferencesOfTheLoss(final Activation activation) {
    final Mlp network = new Mlp(spec(activation));
    final NDList parameters = parameters(network);
    final NDArray x = features(network.spec());
    final Reference reference = new Reference(network.spec(), x, parameters);

    final NDList gradient = factors(network, x, parameters).mean();

    double largest = 0;
    for (int leaf = 0; leaf < gradient.size(); leaf++) {
      final float[] found = gradient.get(leaf).toFloatArray();
      assertThat(found).hasSameSizeAs(reference.theta[leaf]);
      for (int j = 0; j < found.length; j++) {
        final double expected = reference.derivative(leaf, j);
        largest = Math.max(largest, Math.abs(expected));
        assertThat((double) found[j])
            .as("%s[%d]", network.leaves().get(leaf).name(), j)
            .isCloseTo(expected, within(2e-6));
      }
    }
    assertThat(largest).isGreaterThan(0.05);
  }

  @ParameterizedTest
  @EnumSource(Activation.class)
  void gradientsOfSingleExamplesAverageToTheMean(final Activation activation) {
    final Mlp network = new Mlp(spec(activation));
    final NDList parameters = parameters(network);
    final ExampleGradients factors = factors(network, features(network.spec()), parameters);

    final NDList mean = factors.mean();
    final NDList single = factors.perExample(0, EXAMPLES);
    final NDList firstHalf = factors.perExample(0, 2);
    final NDList secondHalf = factors.perExample(2, EXAMPLES);

    assertThat(factors.examples()).isEqualTo(EXAMPLES);
    for (int i = 0; i < mean.size(); i++) {
      final NDArray average = single.get(i).mean(new int[] {0});
      assertThat(average.getShape()).isEqualTo(mean.get(i).getShape());
      assertThat(largest(average.sub(mean.get(i)))).isLessThan(1e-6f);
      assertThat(firstHalf.get(i).concat(secondHalf.get(i))).isEqualTo(single.get(i));
    }
  }

  @ParameterizedTest
  @EnumSource(Activation.class)
  void theMeanGradientIsThatOfTheFactors(final Activation activation) {
    final Mlp network = new Mlp(spec(activation));
    final Pass pass = network.forward(features(network.spec()), parameters(network));
    final NDArray derivative = CrossEntropy.derivative(pass.logits(), manager.create(LABELS));

    final NDList mean = pass.meanGradient(derivative);
    final NDList expected = pass.backward(derivative).mean();

    assertThat(mean).hasSameSizeAs(expected);
    for (int i = 0; i < mean.size(); i++) {
      assertThat(mean.get(i).getShape()).isEqualTo(expected.get(i).getShape());
      assertThat(largest(mean.get(i).sub(expected.get(i)))).isLessThan(1e-6f);
    }
  }

  @Test
  void initialParametersDependOnTheSeedOnly() {
    final Mlp network = new Mlp(spec(Activation.RELU));
    final NDList one = network.initialise(manager, 3);
    manager.randomNormal(new Shape(10));
    final NDList same = new Mlp(spec(Activation.RELU)).initialise(manager, 3);
    final NDList other = network.initialise(manager, 4);

    for (int i = 0; i < one.size(); i++) {
      assertThat(one.get(i).toFloatArray()).isEqualTo(same.get(i).toFloatArray());
      if (i % 2 == 0) {
        assertThat(one.get(i).toFloatArray()).isNotEqualTo(other.get(i).toFloatArray());
      } else {
        assertThat(one.get(i).toFloatArray()).containsOnly(0f);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Activation.class)
  void initialWeightsHaveTheirVariance(final Activation activation) {
    final NDList weights =
        new Mlp(new MlpSpec(100, List.of(200), 100, activation)).initialise(manager, 3);
    final double gain = activation.odd() ? 1 : 2;

    assertThat((double) weights.get(0).square().mean().getFloat())
        .isCloseTo(gain / 100, within(0.05 * gain / 100));
    assertThat((double) weights.get(2).square().mean().getFloat())
        .isCloseTo(1.0 / 200, within(0.05 / 200));
  }

  @ParameterizedTest
  @EnumSource(Activation.class)
  void logitsDoNotChangeUnderTheDeclaredSymmetry(final Activation activation) {
    final Mlp network = new Mlp(spec(activation));
    final boolean signed = activation == Activation.TANH || activation == Activation.LINEAR;
    assertThat(network.symmetry().groups().values())
        .hasSize(2)
        .allMatch(g -> g.type() == (signed ? GroupType.SIGNED_PERMUTATION : GroupType.PERMUTATION));
    final NDList parameters = parameters(network);
    final NDArray x = features(network.spec());
    final NDArray before = network.forward(x, parameters).logits();

    final NDList moved = moved(network, parameters, signed);

    assertThat(largest(moved.get(0).sub(parameters.get(0)))).isGreaterThan(0.1f);
    assertThat(largest(network.forward(x, moved).logits().sub(before))).isLessThan(1e-5f);
  }

  @ParameterizedTest
  @EnumSource(
      value = Activation.class,
      names = {"RELU", "GELU"})
  void flippingSignsChangesTheLogitsOfOtherActivations(final Activation activation) {
    final Mlp network = new Mlp(spec(activation));
    final NDList parameters = parameters(network);
    final NDArray x = features(network.spec());
    final NDArray before = network.forward(x, parameters).logits();

    final NDArray after = network.forward(x, moved(network, parameters, true)).logits();

    assertThat(largest(after.sub(before))).isGreaterThan(0.01f);
  }

  /** The parameters after a group element acts on every axis that carries its group. */
  private NDList moved(final Mlp network, final NDList parameters, final boolean signed) {
    final NDList moved = new NDList();
    for (int i = 0; i < parameters.size(); i++) {
      NDArray value = parameters.get(i);
      final List<String> axes = network.leaves().get(i).axes();
      for (int axis = 0; axis < axes.size(); axis++) {
        if (network.symmetry().groups().containsKey(axes.get(axis))) {
          final int n = (int) value.getShape().get(axis);
          final NDArray element = cycle(n, signed);
          value =
              axis == 0
                  ? element.matMul(value.reshape(new Shape(n, -1))).reshape(value.getShape())
                  : value.matMul(element.transpose());
        }
      }
      moved.add(value);
    }
    return moved;
  }

  private NDArray cycle(final int n, final boolean signed) {
    final float[] values = new float[n * n];
    for (int i = 0; i < n; i++) {
      values[i * n + (i + 1) % n] = signed && i % 2 == 0 ? -1 : 1;
    }
    return manager.create(values, new Shape(n, n));
  }

  @Test
  void refusesSizesOutOfRange() {
    assertThatThrownBy(() -> new MlpSpec(0, List.of(), 2, Activation.RELU))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("inputs 0");
    assertThatThrownBy(() -> new MlpSpec(3, List.of(4, 0), 2, Activation.RELU))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[4, 0]");
    assertThatThrownBy(() -> new MlpSpec(3, List.of(), 1, Activation.RELU))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("classes 1");
  }

  private ExampleGradients factors(final Mlp network, final NDArray x, final NDList parameters) {
    final Pass pass = network.forward(x, parameters);
    return pass.backward(CrossEntropy.derivative(pass.logits(), manager.create(LABELS)));
  }

  private static float largest(final NDArray array) {
    return array.abs().max().getFloat();
  }

  /** The same network in doubles. */
  private static final class Reference {
    private static final double STEP = 1e-5;

    private final MlpSpec spec;
    private final float[] x;
    private final double[][] theta;

    Reference(final MlpSpec spec, final NDArray x, final NDList parameters) {
      this.spec = spec;
      this.x = x.toFloatArray();
      theta = new double[parameters.size()][];
      for (int i = 0; i < theta.length; i++) {
        final float[] values = parameters.get(i).toFloatArray();
        theta[i] = new double[values.length];
        for (int j = 0; j < values.length; j++) {
          theta[i][j] = values[j];
        }
      }
    }

    double[][] logits() {
      final double[][] logits = new double[EXAMPLES][];
      for (int i = 0; i < EXAMPLES; i++) {
        double[] a = new double[spec.inputs()];
        for (int j = 0; j < a.length; j++) {
          a[j] = x[i * a.length + j];
        }
        for (int l = 0; 2 * l < theta.length; l++) {
          final double[] z = theta[2 * l + 1].clone();
          for (int u = 0; u < z.length; u++) {
            for (int j = 0; j < a.length; j++) {
              z[u] += theta[2 * l][u * a.length + j] * a[j];
            }
            z[u] = 2 * l + 2 < theta.length ? activate(z[u]) : z[u];
          }
          a = z;
        }
        logits[i] = a;
      }
      return logits;
    }

    private double activate(final double z) {
      return switch (spec.activation()) {
        case RELU -> Math.max(z, 0);
        case TANH -> Math.tanh(z);
        case GELU -> z * (1 + erf(z / Math.sqrt(2))) / 2;
        case LINEAR -> z;
      };
    }

    /** Taylor series. */
    private static double erf(final double x) {
      double term = x;
      double sum = x;
      for (int n = 1; n < 100; n++) {
        term *= -x * x / n;
        sum += term / (2 * n + 1);
      }
      return 2 / Math.sqrt(Math.PI) * sum;
    }

    double loss() {
      final double[][] logits = logits();
      double loss = 0;
      for (int i = 0; i < EXAMPLES; i++) {
        double sum = 0;
        for (final double z : logits[i]) {
          sum += Math.exp(z);
        }
        loss += Math.log(sum) - logits[i][LABELS[i]];
      }
      return loss / EXAMPLES;
    }

    double derivative(final int leaf, final int j) {
      final double value = theta[leaf][j];
      theta[leaf][j] = value + STEP;
      final double above = loss();
      theta[leaf][j] = value - STEP;
      final double below = loss();
      theta[leaf][j] = value;
      return (above - below) / (2 * STEP);
    }
  }
}
