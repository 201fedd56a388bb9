/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.blocks.Vectors;
import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.curvature.learning.LearnerSettings.Rule;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.ExampleGradients;
import io.evergrad.curvature.network.Fisher;
import io.evergrad.curvature.network.Mlp;
import io.evergrad.curvature.network.MlpSpec;
import io.evergrad.curvature.network.Network;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BinaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Several steps of every baseline against the published algorithm in plain Java doubles. */
class BaselineRuleTest {
  private static final double RELATIVE = 1e-5;
  private static final double RATE = 0.05;
  private static final double BETA = 0.7;
  private static final double DECAY = 0.9;
  private static final double DAMPING = 0.01;
  private static final int STEPS = 8;

  private final NDManager manager = NDManager.newBaseManager();
  private final LinearAlgebra algebra = new LinearAlgebra();
  private final SplittableRandom random = new SplittableRandom(17);
  private final Mlp network = new Mlp(new MlpSpec(6, List.of(4, 5), 3, Activation.TANH));

  /** Whose gradients have no null space, in which eigenvectors would be any. */
  private final Mlp square = new Mlp(new MlpSpec(4, List.of(4), 4, Activation.TANH));

  @AfterEach
  void close() {
    algebra.close();
    manager.close();
  }

  private static LearnerSettings.Builder settings(final Network network, final Rule rule) {
    return LearnerSettings.builder(network.spec())
        .rule(rule)
        .protection(Protection.NONE)
        .learningRate(RATE)
        .momentum(BETA);
  }

  private NDList gradient(final Network network) {
    final NDList gradient = new NDList();
    for (final var leaf : network.leaves()) {
      final Shape shape = Vectors.shape(leaf);
      final float[] values = new float[(int) shape.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
      }
      gradient.add(manager.create(values, shape));
    }
    return gradient;
  }

  /** One leaf's independent implementation: the parameter after a step by a gradient. */
  private interface Reference extends BinaryOperator<double[][]> {}

  /** Steps the rule and one reference a leaf side by side. */
  private void assertFollows(
      final Network network, final LearnerSettings settings, final List<Reference> references) {
    final NDList parameters = network.initialise(manager, 3);
    final LearningRule rule = LayerwiseRule.of(settings, network, manager, algebra, parameters);
    final List<double[][]> expected =
        new ArrayList<>(parameters.stream().map(Dense::matrix).toList());
    for (int step = 0; step < STEPS; step++) {
      final NDList gradient = gradient(network);
      rule.step(gradient, 1, 0);
      for (int i = 0; i < references.size(); i++) {
        expected.set(i, references.get(i).apply(expected.get(i), Dense.matrix(gradient.get(i))));
        assertClose(parameters.get(i), expected.get(i), "leaf " + i + " after step " + step);
      }
    }
  }

  private static void assertClose(
      final NDArray found, final double[][] expected, final String where) {
    final double[] flat = Dense.flat(expected);
    final double largest = Arrays.stream(flat).map(Math::abs).max().orElseThrow();
    assertThat(Dense.flat(Dense.matrix(found)))
        .as(where)
        .containsExactly(flat, within(RELATIVE * largest));
  }

  /** Of a unit that is never active again: a step over such numbers takes several times as long. */
  @ParameterizedTest
  @EnumSource(
      value = Rule.class,
      names = {"SGD", "ADAM", "ADAMW", "MUON", "SHAMPOO", "SOAP"})
  void averagesOfGradientsThatHaveBecomeZeroStayAboveSubnormalNumbers(final Rule rule) {
    final NDList parameters = network.initialise(manager, 3);
    final LearningRule stepped =
        LayerwiseRule.of(settings(network, rule).build(), network, manager, algebra, parameters);
    stepped.step(gradient(network), 1, 0);
    for (int step = 1; step < 400; step++) {
      final NDList zero = new NDList();
      parameters.forEach(parameter -> zero.add(manager.zeros(parameter.getShape())));
      stepped.step(zero, 1, 0);
      for (final NDArray average : stepped.arrays()) {
        assertThat(subnormal(average)).as("after step %d", step).isZero();
      }
    }
  }

  private static long subnormal(final NDArray array) {
    final double least =
        array.getDataType() == DataType.FLOAT32 ? Float.MIN_NORMAL : Double.MIN_NORMAL;
    return Arrays.stream(array.toType(DataType.FLOAT64, true).toDoubleArray())
        .filter(value -> value != 0 && Math.abs(value) < least)
        .count();
  }

  /** v ← βv + g, θ ← θ − ηv. */
  @Test
  void sgd() {
    assertFollows(
        network,
        settings(network, Rule.SGD).build(),
        network.leaves().stream()
            .<Reference>map(
                leaf -> {
                  final double[][][] velocity = {null};
                  return (theta, g) -> {
                    velocity[0] = velocity[0] == null ? g : Dense.plus(g, BETA, velocity[0]);
                    return Dense.plus(theta, -RATE, velocity[0]);
                  };
                })
            .toList());
  }

  @Test
  void adam() {
    assertFollows(
        network,
        settings(network, Rule.ADAM).build(),
        network.leaves().stream().<Reference>map(leaf -> new PlainAdam(RATE)).toList());
  }

  /** Kingma and Ba 2015, Algorithm 1, line by line. */
  private static final class PlainAdam implements Reference {
    private final double rate;
    private double[][] m;
    private double[][] v;
    private int t;

    PlainAdam(final double rate) {
      this.rate = rate;
    }

    @Override
    public double[][] apply(final double[][] theta, final double[][] g) {
      t++;
      m = m == null ? new double[g.length][g[0].length] : m;
      v = v == null ? new double[g.length][g[0].length] : v;
      final double[][] moved = new double[g.length][g[0].length];
      for (int i = 0; i < g.length; i++) {
        for (int j = 0; j < g[0].length; j++) {
          m[i][j] = BETA * m[i][j] + (1 - BETA) * g[i][j];
          v[i][j] = 0.999 * v[i][j] + 0.001 * g[i][j] * g[i][j];
          final double mean = m[i][j] / (1 - Math.pow(BETA, t));
          final double square = v[i][j] / (1 - Math.pow(0.999, t));
          moved[i][j] = theta[i][j] - rate * mean / (Math.sqrt(square) + 1e-8);
        }
      }
      return moved;
    }
  }

  /** Hidden weights by Muon, the last layer and biases by Adam. */
  @Test
  void muon() {
    assertFollows(
        network,
        settings(network, Rule.MUON).build(),
        List.of(
            new PlainMuon(),
            new PlainAdam(RATE / 10),
            new PlainMuon(),
            new PlainAdam(RATE / 10),
            new PlainAdam(RATE / 10),
            new PlainAdam(RATE / 10)));
  }

  /** The published iteration is the same odd polynomial of every singular value. */
  private static final class PlainMuon implements Reference {
    private double[][] m;

    @Override
    public double[][] apply(final double[][] theta, final double[][] g) {
      m = m == null ? new double[g.length][g[0].length] : m;
      m = Dense.plus(scaled(BETA, m), 1 - BETA, g);
      final double[][] nesterov = Dense.plus(scaled(BETA, m), 1 - BETA, g);
      final double norm =
          Math.sqrt(Dense.trace(Dense.multiply(Dense.transpose(nesterov), nesterov))) + 1e-7;
      final double[][] x = scaled(1 / norm, nesterov);
      // X p(XᵀX), where p(σ²) is what five iterations multiply σ by
      final double[][] gain =
          Dense.eigen(Dense.multiply(Dense.transpose(x), x))
              .map(
                  square -> {
                    final double start = Math.sqrt(Math.max(square, 0));
                    double sigma = start;
                    for (int i = 0; i < 5; i++) {
                      sigma =
                          3.4445 * sigma
                              - 4.7750 * Math.pow(sigma, 3)
                              + 2.0315 * Math.pow(sigma, 5);
                    }
                    return start < 1e-6 ? 0 : sigma / start;
                  });
      final double scale = Math.sqrt(Math.max(1, (double) g.length / g[0].length));
      return Dense.plus(theta, -RATE * scale, Dense.multiply(x, gain));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void shampoo(final int interval) {
    assertFollows(
        network,
        settings(network, Rule.SHAMPOO)
            .decay(DECAY)
            .damping(DAMPING)
            .updateInterval(interval)
            .build(),
        network.leaves().stream().<Reference>map(leaf -> new PlainShampoo(interval)).toList());
  }

  /** (L + εI)^p Ḡ (R + εI)^p, p = −1/4 for a matrix; (L + εI)^{-1/2} ḡ for a vector. */
  private static final class PlainShampoo implements Reference {
    private final int interval;
    private double[][] l;
    private double[][] r;
    private double[][] m;
    private double[][] left;
    private double[][] right;
    private int t;

    PlainShampoo(final int interval) {
      this.interval = interval;
    }

    @Override
    public double[][] apply(final double[][] theta, final double[][] g) {
      t++;
      final double[][] transposed = Dense.transpose(g);
      l = average(DECAY, l, Dense.multiply(g, transposed));
      r = average(DECAY, r, Dense.multiply(transposed, g));
      m = average(BETA, m, g);
      final boolean vector = g[0].length == 1;
      if (t <= interval || (t - 1) % interval == 0) {
        left = root(l, vector ? -0.5 : -0.25);
        right = vector ? Dense.identity(1) : root(r, -0.25);
      }
      final double[][] mean = scaled(1 / (1 - Math.pow(BETA, t)), m);
      return Dense.plus(theta, -RATE, Dense.multiply(Dense.multiply(left, mean), right));
    }

    private double[][] root(final double[][] moment, final double power) {
      final Dense.Eigen eigen = Dense.eigen(scaled(1 / (1 - Math.pow(DECAY, t)), moment));
      final double epsilon = DAMPING * eigen.largest();
      return eigen.map(s -> Math.pow(Math.max(s, 0) + epsilon, power));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 100})
  void soap(final int interval) {
    assertFollows(
        square,
        settings(square, Rule.SOAP)
            .decay(DECAY)
            .updateInterval(interval)
            .learningRate(RATE)
            .build(),
        square.leaves().stream()
            .map(leaf -> leaf.shape().size() == 1 ? new PlainAdam(RATE) : new PlainSoap(interval))
            .toList());
  }

  /** Vyas et al. 2024, Algorithms 3 and 4, with Gram and Schmidt's Q. */
  private static final class PlainSoap implements Reference {
    private final int interval;
    private double[][] l;
    private double[][] r;
    private double[][] left;
    private double[][] right;
    private double[][] m;
    private double[][] v;
    private int t = -1;

    PlainSoap(final int interval) {
      this.interval = interval;
    }

    @Override
    public double[][] apply(final double[][] theta, final double[][] g) {
      t++;
      double[][] moved = theta;
      if (t > 0) {
        m = average(BETA, m, g);
        final double[][] turned = turned(g);
        v = average(DECAY, v, product(turned, turned));
        final double[][] mean = scaled(1 / (1 - Math.pow(BETA, t)), turned(m));
        final double[][] square = scaled(1 / (1 - Math.pow(DECAY, t)), v);
        final double[][] step = new double[g.length][g[0].length];
        for (int i = 0; i < g.length; i++) {
          for (int j = 0; j < g[0].length; j++) {
            step[i][j] = mean[i][j] / (Math.sqrt(square[i][j]) + 1e-8);
          }
        }
        moved =
            Dense.plus(
                theta, -RATE, Dense.multiply(Dense.multiply(left, step), Dense.transpose(right)));
      }
      l = average(DECAY, l, Dense.multiply(g, Dense.transpose(g)));
      r = average(DECAY, r, Dense.multiply(Dense.transpose(g), g));
      if (t == 0) {
        left = sorted(Dense.eigen(l).vectors(), l);
        right = sorted(Dense.eigen(r).vectors(), r);
      } else if (t % interval == 0) {
        v = Dense.transpose(columns(Dense.transpose(v), order(left, l)));
        v = columns(v, order(right, r));
        left = orthonormal(Dense.multiply(l, sorted(left, l)));
        right = orthonormal(Dense.multiply(r, sorted(right, r)));
      }
      return moved;
    }

    private double[][] turned(final double[][] x) {
      return Dense.multiply(Dense.multiply(Dense.transpose(left), x), right);
    }

    private static double[][] product(final double[][] a, final double[][] b) {
      final double[][] product = new double[a.length][a[0].length];
      for (int i = 0; i < a.length; i++) {
        for (int j = 0; j < a[0].length; j++) {
          product[i][j] = a[i][j] * b[i][j];
        }
      }
      return product;
    }

    /** Columns of a basis by descending qᵀ S q. */
    private static List<Integer> order(final double[][] basis, final double[][] moment) {
      final double[][] rotated =
          Dense.multiply(Dense.multiply(Dense.transpose(basis), moment), basis);
      return IntStream.range(0, basis.length)
          .boxed()
          .sorted(Comparator.comparingDouble(i -> -rotated[i][i]))
          .toList();
    }

    private static double[][] sorted(final double[][] basis, final double[][] moment) {
      return columns(basis, order(basis, moment));
    }

    private static double[][] columns(final double[][] a, final List<Integer> order) {
      return Arrays.stream(a)
          .map(row -> order.stream().mapToDouble(i -> row[i]).toArray())
          .toArray(double[][]::new);
    }

    private static double[][] orthonormal(final double[][] a) {
      final double[][] rows = Dense.transpose(a);
      for (int i = 0; i < rows.length; i++) {
        for (int again = 0; again < 2; again++) {
          for (int k = 0; k < i; k++) {
            final double along = dot(rows[i], rows[k]);
            for (int j = 0; j < rows.length; j++) {
              rows[i][j] -= along * rows[k][j];
            }
          }
        }
        final double norm = Math.sqrt(dot(rows[i], rows[i]));
        for (int j = 0; j < rows.length; j++) {
          rows[i][j] /= norm;
        }
      }
      return Dense.transpose(rows);
    }

    private static double dot(final double[] a, final double[] b) {
      return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
    }
  }

  /** (B + √λ/π I)⁻¹ Ḡ (A + π√λ I)⁻¹, with A and B from the gradients of single examples. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void kfac(final int interval) {
    final LearnerSettings settings =
        settings(network, Rule.KFAC).decay(DECAY).damping(DAMPING).updateInterval(interval).build();
    final NDList parameters = network.initialise(manager, 3);
    final LearningRule rule = LayerwiseRule.of(settings, network, manager, algebra, parameters);
    assertThat(rule.samples()).isTrue();
    final List<PlainKfac> references =
        network.layers().stream().map(layer -> new PlainKfac(interval)).toList();
    for (int step = 0; step < STEPS; step++) {
      if (step % 2 == 0) {
        final ExampleGradients sampled = sampled(parameters, 7);
        rule.observe(sampled);
        final NDList each = sampled.perExample(0, 7);
        for (int l = 0; l < references.size(); l++) {
          references.get(l).observe(joined(each, l, 7));
        }
      }
      final List<double[][]> expected = new ArrayList<>();
      final NDList gradient = gradient(network);
      for (int l = 0; l < references.size(); l++) {
        expected.add(
            references
                .get(l)
                .apply(
                    Dense.extended(parameters.get(2 * l), parameters.get(2 * l + 1)),
                    Dense.extended(gradient.get(2 * l), gradient.get(2 * l + 1))));
      }
      rule.step(gradient, 1, 0);
      for (int l = 0; l < references.size(); l++) {
        final double[] flat = Dense.flat(expected.get(l));
        final double largest = Arrays.stream(flat).map(Math::abs).max().orElseThrow();
        assertThat(Dense.flat(Dense.extended(parameters.get(2 * l), parameters.get(2 * l + 1))))
            .as("layer " + l + " after step " + step)
            .containsExactly(flat, within(RELATIVE * largest));
      }
    }
  }

  private ExampleGradients sampled(final NDList parameters, final int size) {
    final MicroBatch batch = new ToyStream(6, 3, random.nextLong()).next(size);
    final NDArray x = manager.create(batch.features(), new Shape(size, 6));
    return Fisher.empirical(network.forward(x, parameters), batch.labels());
  }

  /** [W b] of each example's gradient. */
  private static List<double[][]> joined(final NDList each, final int layer, final int size) {
    return IntStream.range(0, size)
        .mapToObj(e -> Dense.extended(each.get(2 * layer).get(e), each.get(2 * layer + 1).get(e)))
        .toList();
  }

  private static final class PlainKfac implements Reference {
    private final int interval;
    private double[][] a;
    private double[][] b;
    private double[][] m;
    private double[][] left;
    private double[][] right;
    private int samples;
    private int t;

    PlainKfac(final int interval) {
      this.interval = interval;
    }

    /** Of gradients d aᵀ whose last input is one. */
    void observe(final List<double[][]> gradients) {
      samples++;
      double[][] ofInputs = null;
      double[][] ofUnits = null;
      for (final double[][] g : gradients) {
        final int n = g[0].length;
        final double[][] d =
            Arrays.stream(g).map(row -> new double[] {row[n - 1]}).toArray(double[][]::new);
        final double squares = Dense.multiply(Dense.transpose(d), d)[0][0];
        final double[][] input = scaled(1 / squares, Dense.multiply(Dense.transpose(d), g));
        final double[][] inputs = Dense.multiply(Dense.transpose(input), input);
        final double[][] units = Dense.multiply(d, Dense.transpose(d));
        ofInputs = ofInputs == null ? inputs : Dense.plus(ofInputs, 1, inputs);
        ofUnits = ofUnits == null ? units : Dense.plus(ofUnits, 1, units);
      }
      a = average(DECAY, a, scaled(1.0 / gradients.size(), ofInputs));
      b = average(DECAY, b, scaled(1.0 / gradients.size(), ofUnits));
    }

    @Override
    public double[][] apply(final double[][] theta, final double[][] g) {
      t++;
      m = average(BETA, m, g);
      if (t <= interval || (t - 1) % interval == 0) {
        final double correction = 1 / (1 - Math.pow(DECAY, samples));
        final Dense.Eigen ofInputs = Dense.eigen(scaled(correction, a));
        final Dense.Eigen ofUnits = Dense.eigen(scaled(correction, b));
        final double lambda = DAMPING * ofInputs.largest() * ofUnits.largest();
        final double pi = Math.sqrt((Dense.trace(a) / a.length) / (Dense.trace(b) / b.length));
        right = ofInputs.map(s -> 1 / (s + pi * Math.sqrt(lambda)));
        left = ofUnits.map(s -> 1 / (s + Math.sqrt(lambda) / pi));
      }
      final double[][] mean = scaled(1 / (1 - Math.pow(BETA, t)), m);
      return Dense.plus(theta, -RATE, Dense.multiply(Dense.multiply(left, mean), right));
    }
  }

  /** decay · average + (1 − decay) · next, from zero. */
  private static double[][] average(
      final double decay, final double[][] average, final double[][] next) {
    return average == null
        ? scaled(1 - decay, next)
        : Dense.plus(scaled(decay, average), 1 - decay, next);
  }

  private static double[][] scaled(final double factor, final double[][] a) {
    return Dense.plus(new double[a.length][a[0].length], factor, a);
  }

  /**
   * Softmax regression, whose gradient is written out here too: θ ← θ − η(m̂ / (√v̂ + ε) + wθ)
   * (Loshchilov and Hutter 2019, Algorithm 2).
   */
  @ParameterizedTest
  @CsvSource({"ADAMW, -1, 0.01", "ADAMW, 0.3, 0.3", "ADAM, -1, 0", "ADAM, 0.2, 0.2"})
  void weightDecayIsApartFromTheGradient(
      final Rule rule, final double set, final double expectedDecay) {
    final MlpSpec spec = new MlpSpec(4, List.of(), 3, Activation.LINEAR);
    final LearnerSettings.Builder builder = settings(spec.network(), rule).seed(5);
    final LearnerSettings settings = set < 0 ? builder.build() : builder.weightDecay(set).build();
    assertThat(settings.weightDecay()).isEqualTo(expectedDecay);
    final ToyStream stream = new ToyStream(4, 3, 2);
    try (OnlineLearner learner = OnlineLearner.create(settings)) {
      double[][] theta = extended(learner);
      final PlainAdam adam = new PlainAdam(RATE);
      for (int step = 0; step < STEPS; step++) {
        final MicroBatch batch = stream.next(8);
        learner.step(batch);
        final double[][] moved = adam.apply(theta, softmaxGradient(theta, batch));
        theta = Dense.plus(moved, -RATE * expectedDecay, theta);
        final double[][] found = extended(learner);
        assertThat(Dense.flat(found)).containsExactly(Dense.flat(theta), within(1e-5));
      }
    }
  }

  /** [W b]. */
  private static double[][] extended(final OnlineLearner learner) {
    final double[] w = Dense.values(learner.parameters().get("layer1.weight"));
    final double[] b = Dense.values(learner.parameters().get("layer1.bias"));
    final int inputs = w.length / b.length;
    final double[][] joined = new double[b.length][inputs + 1];
    for (int u = 0; u < b.length; u++) {
      System.arraycopy(w, u * inputs, joined[u], 0, inputs);
      joined[u][inputs] = b[u];
    }
    return joined;
  }

  private static double[][] softmaxGradient(final double[][] theta, final MicroBatch batch) {
    final double[][] gradient = new double[theta.length][theta[0].length];
    for (int e = 0; e < batch.size(); e++) {
      final double[] a = new double[batch.width() + 1];
      a[batch.width()] = 1;
      for (int j = 0; j < batch.width(); j++) {
        a[j] = batch.features()[e * batch.width() + j];
      }
      final double[] p = new double[theta.length];
      double total = 0;
      for (int u = 0; u < p.length; u++) {
        double z = 0;
        for (int j = 0; j < a.length; j++) {
          z += theta[u][j] * a[j];
        }
        p[u] = Math.exp(z);
        total += p[u];
      }
      for (int u = 0; u < p.length; u++) {
        final double d = p[u] / total - (u == batch.labels()[e] ? 1 : 0);
        for (int j = 0; j < a.length; j++) {
          gradient[u][j] += d * a[j] / batch.size();
        }
      }
    }
    return gradient;
  }
}
