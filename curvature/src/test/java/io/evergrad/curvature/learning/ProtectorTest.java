/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.kinds.Range;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.CrossEntropy;
import io.evergrad.curvature.network.ExampleGradients;
import io.evergrad.curvature.network.Mlp;
import io.evergrad.curvature.network.MlpSpec;
import io.evergrad.curvature.network.Pass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both protections against matrices over all parameters, formed from per-example gradients. */
class ProtectorTest {
  private static final double FISHER_DECAY = 0.95;
  private static final int[] BATCHES_OF_FIRST_TASK = {5, 3, 4};
  private static final int[] BATCHES_OF_SECOND_TASK = {4, 6};
  private static final long FIRST_EXAMPLES = 40;
  private static final long SECOND_EXAMPLES = 25;
  private static final double RETENTION = 0.8;

  private final NDManager manager = NDManager.newBaseManager();
  private final LinearAlgebra algebra = new LinearAlgebra();
  private final SplittableRandom random = new SplittableRandom(9);
  private final Mlp network = new Mlp(new MlpSpec(3, List.of(4), 3, Activation.TANH));
  private final NDList parameters = network.initialise(manager, 2);
  private final LearnerSettings settings = settings(100);

  private LearnerSettings settings(final int blockLimit) {
    return LearnerSettings.builder(network.spec())
        .learningRate(0.05)
        .strength(300)
        .pullInterval(1)
        .retention(RETENTION)
        .blockLimit(blockLimit)
        .build();
  }

  @AfterEach
  void close() {
    algebra.close();
    manager.close();
  }

  /** What a task leaves behind for a layer: its gradients [W b], each with its weight. */
  private record Sample(double weight, List<double[][]> layers) {}

  /** Lets the protector observe batches; returns the samples, weighted as in a running average. */
  private List<Sample> observe(final Protector protector, final int... sizes) {
    final List<Sample> samples = new ArrayList<>();
    final double total = 1 - Math.pow(FISHER_DECAY, sizes.length);
    for (int i = 0; i < sizes.length; i++) {
      final NDArray x = normal(new Shape(sizes[i], network.spec().inputs()), 1);
      final int[] labels = random.ints(sizes[i], 0, network.spec().classes()).toArray();
      final Pass pass = network.forward(x, parameters);
      final ExampleGradients factors =
          pass.backward(CrossEntropy.derivative(pass.logits(), manager.create(labels)));
      protector.observe(factors);
      final double weight =
          (1 - FISHER_DECAY) * Math.pow(FISHER_DECAY, sizes.length - 1 - i) / total / sizes[i];
      final NDList gradients = factors.perExample(0, sizes[i]);
      for (int e = 0; e < sizes[i]; e++) {
        final List<double[][]> layers = new ArrayList<>();
        for (int l = 0; l < network.layers().size(); l++) {
          layers.add(Dense.extended(gradients.get(2 * l).get(e), gradients.get(2 * l + 1).get(e)));
        }
        samples.add(new Sample(weight, layers));
      }
    }
    return samples;
  }

  private NDArray normal(final Shape shape, final double scale) {
    final float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (scale * random.nextGaussian());
    }
    return manager.create(values, shape);
  }

  private void disturb() {
    for (final NDArray parameter : parameters) {
      parameter.addi(normal(parameter.getShape(), 0.5));
    }
  }

  /** E[Gᵀ G] / units: what the Fisher leaves under O(units) on the output axis. */
  private static double[][] inputFactor(final List<Sample> samples, final int layer) {
    double[][] sum = null;
    for (final Sample sample : samples) {
      final double[][] g = sample.layers().get(layer);
      final double[][] product = Dense.multiply(Dense.transpose(g), g);
      sum = add(sum, sample.weight() / g.length, product);
    }
    return sum;
  }

  /** E[G Gᵀ] / (inputs + 1): what the Fisher leaves under O(inputs + 1) on the input axis. */
  private static double[][] outputFactor(final List<Sample> samples, final int layer) {
    double[][] sum = null;
    for (final Sample sample : samples) {
      final double[][] g = sample.layers().get(layer);
      final double[][] product = Dense.multiply(g, Dense.transpose(g));
      sum = add(sum, sample.weight() / g[0].length, product);
    }
    return sum;
  }

  private static double[][] add(final double[][] sum, final double scale, final double[][] term) {
    return Dense.plus(sum == null ? new double[term.length][term[0].length] : sum, scale, term);
  }

  /** The diagonal of E[vec(G) vec(G)ᵀ]. */
  private static double[] fisherDiagonal(final List<Sample> samples, final int layer) {
    final double[] diagonal = new double[Dense.flat(samples.get(0).layers().get(layer)).length];
    for (final Sample sample : samples) {
      final double[] g = Dense.flat(sample.layers().get(layer));
      for (int i = 0; i < g.length; i++) {
        diagonal[i] += sample.weight() * g[i] * g[i];
      }
    }
    return diagonal;
  }

  @Test
  void twoSidedFactorsAreTheAveragedFisher() {
    final TwoSidedProtector protector = new TwoSidedProtector(settings, network, manager, algebra);
    final List<Sample> samples = observe(protector, BATCHES_OF_FIRST_TASK);
    protector.consolidate(parameters, FIRST_EXAMPLES);

    final Map<String, HostTensor> state = protector.state();
    for (int l = 0; l < network.layers().size(); l++) {
      final double[][] a = Dense.symmetric(state, "layer" + (l + 1) + ".inputs");
      final double[][] b = Dense.symmetric(state, "layer" + (l + 1) + ".units");
      final double[][] in = scaled(FIRST_EXAMPLES, inputFactor(samples, l));
      final double[][] out = scaled(FIRST_EXAMPLES, outputFactor(samples, l));
      assertThat(Dense.flat(a)).containsExactly(Dense.flat(in), within(1e-5 * Dense.trace(in)));
      assertThat(Dense.flat(b)).containsExactly(Dense.flat(out), within(1e-5 * Dense.trace(out)));

      double fisher = 0;
      for (final double value : fisherDiagonal(samples, l)) {
        fisher += FIRST_EXAMPLES * value;
      }
      assertThat(Dense.trace(precision(a, b))).isCloseTo(fisher, within(1e-5 * fisher));
    }
  }

  private static double[][] scaled(final double factor, final double[][] a) {
    return Dense.plus(new double[a.length][a[0].length], factor, a);
  }

  /** B ⊗ A / s. */
  private static double[][] precision(final double[][] in, final double[][] out) {
    return scaled(out.length / Dense.trace(out), Dense.kronecker(out, in));
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 3, 2})
  void twoSidedPullSolvesTheProximalStep(final int blockLimit) {
    final LearnerSettings settings = settings(blockLimit);
    final TwoSidedProtector protector = new TwoSidedProtector(settings, network, manager, algebra);
    final List<Sample> first = observe(protector, BATCHES_OF_FIRST_TASK);
    protector.consolidate(parameters, FIRST_EXAMPLES);
    disturb();
    final List<Sample> second = observe(protector, BATCHES_OF_SECOND_TASK);
    protector.consolidate(parameters, SECOND_EXAMPLES);
    final List<double[][]> anchors = layers();
    disturb();
    final List<double[][]> before = layers();

    protector.pull(parameters, 1);

    final double weight = RETENTION * FIRST_EXAMPLES + SECOND_EXAMPLES;
    for (int l = 0; l < network.layers().size(); l++) {
      final double[][] in =
          Dense.plus(
              scaled(RETENTION * FIRST_EXAMPLES, inputFactor(first, l)),
              SECOND_EXAMPLES,
              inputFactor(second, l));
      final double[][] out =
          Dense.plus(
              scaled(RETENTION * FIRST_EXAMPLES, outputFactor(first, l)),
              SECOND_EXAMPLES,
              outputFactor(second, l));
      withoutCoupling(in, blockLimit);
      withoutCoupling(out, blockLimit);
      final double[][] precision = precision(in, out);
      final double[][] system =
          Dense.plus(
              Dense.identity(precision.length),
              settings.learningRate() * settings.strength() / weight,
              precision);
      final double[] away = Dense.flat(Dense.plus(before.get(l), -1, anchors.get(l)));
      final double[] kept = Dense.solve(system, away);
      final double[] anchor = Dense.flat(anchors.get(l));
      final double[] expected = new double[kept.length];
      for (int i = 0; i < kept.length; i++) {
        expected[i] = anchor[i] + kept[i];
      }
      assertThat(norm(kept)).as("the pull is felt").isBetween(0.05 * norm(away), 0.9 * norm(away));
      assertThat(Dense.flat(layers().get(l))).containsExactly(expected, within(1e-5));
    }
  }

  /** Sets what couples the ranges of a cut factor to zero. */
  private static void withoutCoupling(final double[][] factor, final int blockLimit) {
    for (final Range one : Range.cut(factor.length, blockLimit)) {
      for (int i = one.first(); i < one.end(); i++) {
        for (int j = 0; j < factor.length; j++) {
          factor[i][j] = j < one.first() || j >= one.end() ? 0 : factor[i][j];
        }
      }
    }
  }

  /** E[a aᵀ] and E[d dᵀ], their sums over tasks multiplied, and (I + ηλ B̄ ⊗ Ā)⁻¹ solved for. */
  @Test
  void kroneckerFactoredLaplaceSolvesTheProximalStep() {
    final LearnerSettings laplace =
        LearnerSettings.builder(network.spec())
            .protection(LearnerSettings.Protection.KFAC_LAPLACE)
            .learningRate(0.05)
            .strength(300)
            .retention(RETENTION)
            .build();
    final TwoSidedProtector protector = new TwoSidedProtector(laplace, network, manager, algebra);
    final List<Sample> first = observe(protector, BATCHES_OF_FIRST_TASK);
    protector.consolidate(parameters, FIRST_EXAMPLES);
    disturb();
    final List<Sample> second = observe(protector, BATCHES_OF_SECOND_TASK);
    protector.consolidate(parameters, SECOND_EXAMPLES);
    final List<double[][]> anchors = layers();
    disturb();
    final List<double[][]> before = layers();

    protector.pull(parameters, 1);

    final double weight = RETENTION * FIRST_EXAMPLES + SECOND_EXAMPLES;
    for (int l = 0; l < network.layers().size(); l++) {
      final double[][] in =
          Dense.plus(
              scaled(RETENTION * FIRST_EXAMPLES / weight, inputs(first, l)),
              SECOND_EXAMPLES / weight,
              inputs(second, l));
      final double[][] out =
          Dense.plus(
              scaled(RETENTION * FIRST_EXAMPLES / weight, derivatives(first, l)),
              SECOND_EXAMPLES / weight,
              derivatives(second, l));
      final double[][] system =
          Dense.plus(
              Dense.identity(in.length * out.length),
              laplace.learningRate() * laplace.strength(),
              Dense.kronecker(out, in));
      final double[] away = Dense.flat(Dense.plus(before.get(l), -1, anchors.get(l)));
      final double[] kept = Dense.solve(system, away);
      final double[] anchor = Dense.flat(anchors.get(l));
      final double[] expected = new double[kept.length];
      for (int i = 0; i < kept.length; i++) {
        expected[i] = anchor[i] + kept[i];
      }
      assertThat(norm(kept)).as("the pull is felt").isBetween(0.05 * norm(away), 0.9 * norm(away));
      assertThat(Dense.flat(layers().get(l))).containsExactly(expected, within(1e-5));
    }
  }

  /** θ − γ[Λ⁻¹∇ℓ + (θ − μ)], Λ = B̄ ⊗ Ā + I/λ of the mean example and γ = η/λ, solved for. */
  @Test
  void naturalContinualLearningAppliesTheInverseToAStepOfSgd() {
    final LearnerSettings natural =
        LearnerSettings.builder(network.spec())
            .protection(LearnerSettings.Protection.NCL)
            .learningRate(0.05)
            .strength(20)
            .build();
    final TwoSidedProtector protector = new TwoSidedProtector(natural, network, manager, algebra);
    final List<Sample> samples = observe(protector, BATCHES_OF_FIRST_TASK);
    protector.consolidate(parameters, FIRST_EXAMPLES);
    final List<double[][]> anchors = layers();
    disturb();
    final List<double[][]> before = layers();
    final NDList gradient = new NDList();
    parameters.forEach(p -> gradient.add(normal(p.getShape(), 1)));

    protector.guard(
        parameters,
        gradient,
        1,
        () -> {
          for (int i = 0; i < gradient.size(); i++) {
            parameters.get(i).subi(gradient.get(i).mul(natural.learningRate()));
          }
          return 0;
        });

    for (int l = 0; l < network.layers().size(); l++) {
      final double[][] fisher = Dense.kronecker(derivatives(samples, l), inputs(samples, l));
      final double[][] precision =
          Dense.plus(fisher, 1 / natural.strength(), Dense.identity(fisher.length));
      final double[] solved =
          Dense.solve(
              precision, Dense.flat(Dense.extended(gradient.get(2 * l), gradient.get(2 * l + 1))));
      final double[] start = Dense.flat(before.get(l));
      final double[] anchor = Dense.flat(anchors.get(l));
      final double gamma = natural.learningRate() / natural.strength();
      final double[] expected = new double[start.length];
      for (int i = 0; i < expected.length; i++) {
        expected[i] = start[i] - gamma * (solved[i] + start[i] - anchor[i]);
      }
      assertThat(Dense.flat(layers().get(l))).containsExactly(expected, within(1e-5));
    }
  }

  /** E[a aᵀ]. */
  private static double[][] inputs(final List<Sample> samples, final int layer) {
    double[][] sum = null;
    for (final Sample sample : samples) {
      final double[][] a = {input(sample, layer)};
      sum = add(sum, sample.weight(), Dense.multiply(Dense.transpose(a), a));
    }
    return sum;
  }

  /** a of d aᵀ, whose last column is d: from the row with the largest d. */
  private static double[] input(final Sample sample, final int layer) {
    final double[][] gradient = sample.layers().get(layer);
    final double[] d = column(gradient);
    int u = 0;
    for (int i = 0; i < d.length; i++) {
      u = Math.abs(d[i]) > Math.abs(d[u]) ? i : u;
    }
    final double largest = d[u];
    return Arrays.stream(gradient[u]).map(value -> value / largest).toArray();
  }

  /** E[d dᵀ]. */
  private static double[][] derivatives(final List<Sample> samples, final int layer) {
    double[][] sum = null;
    for (final Sample sample : samples) {
      final double[][] d = {column(sample.layers().get(layer))};
      sum = add(sum, sample.weight(), Dense.multiply(Dense.transpose(d), d));
    }
    return sum;
  }

  /** The last column: the gradient by the bias, which is d. */
  private static double[] column(final double[][] gradient) {
    final double[] column = new double[gradient.length];
    for (int u = 0; u < column.length; u++) {
      column[u] = gradient[u][gradient[u].length - 1];
    }
    return column;
  }

  /** ω += −g Δθ step by step, Ω = Σ γ… max(ω, 0) / (Δ² + ξ), θ = μ + (θ − μ) / (1 + ηλΩ). */
  @Test
  void synapticIntelligenceFollowsThePath() {
    final PathProtector protector = new PathProtector(settings, manager, parameters);
    final double[][] importance = new double[parameters.size()][];
    double[][] anchor = values();
    for (int task = 0; task < 3; task++) {
      final double[][] path = new double[parameters.size()][];
      for (int step = 0; step < 4; step++) {
        final NDList gradient = new NDList();
        parameters.forEach(p -> gradient.add(normal(p.getShape(), 1)));
        final double[][] before = values();
        final double[][] proposed = new double[parameters.size()][];
        protector.guard(
            parameters,
            gradient,
            1,
            () -> {
              disturb();
              System.arraycopy(values(), 0, proposed, 0, proposed.length);
              return 0;
            });
        final double[][] after = values();
        for (int i = 0; i < path.length; i++) {
          final float[] g = gradient.get(i).toFloatArray();
          path[i] = path[i] == null ? new double[g.length] : path[i];
          for (int k = 0; k < g.length; k++) {
            final double scale =
                importance[i] == null
                    ? 0
                    : settings.learningRate() * settings.strength() * importance[i][k];
            assertThat(after[i][k])
                .isCloseTo(
                    anchor[i][k] + (proposed[i][k] - anchor[i][k]) / (1 + scale), within(1e-5));
            path[i][k] -= g[k] * (after[i][k] - before[i][k]);
          }
        }
      }
      protector.consolidate(parameters, FIRST_EXAMPLES);
      final double[][] end = values();
      for (int i = 0; i < path.length; i++) {
        importance[i] = importance[i] == null ? new double[path[i].length] : importance[i];
        for (int k = 0; k < path[i].length; k++) {
          final double moved = end[i][k] - anchor[i][k];
          importance[i][k] =
              RETENTION * importance[i][k] + Math.max(path[i][k], 0) / (moved * moved + 0.1);
        }
        assertThat(Dense.values(protector.state().get("importance." + i)))
            .containsExactly(importance[i], within(1e-4));
      }
      anchor = end;
    }
  }

  private double[][] values() {
    return parameters.stream().map(p -> Dense.flat(Dense.matrix(p))).toArray(double[][]::new);
  }

  /** The paper's recursion, a micro-batch at a time, on the inputs that the layers had. */
  @Test
  void orthogonalWeightsModificationProjectsTheStep() {
    final double alpha = 0.5;
    final LearnerSettings owm =
        LearnerSettings.builder(network.spec())
            .protection(LearnerSettings.Protection.OWM)
            .strength(1 / alpha)
            .build();
    final ProjectionProtector protector = new ProjectionProtector(owm, network, manager, algebra);
    final List<double[][]> projections = new ArrayList<>();
    network.layers().forEach(layer -> projections.add(Dense.identity(layer.columns())));
    for (int task = 0; task < 2; task++) {
      for (int batch = 0; batch < 3; batch++) {
        final List<Sample> samples = observe(protector, 5);
        for (int l = 0; l < projections.size(); l++) {
          projections.set(l, modified(projections.get(l), meanInput(samples, l), alpha));
        }
      }
      protector.consolidate(parameters, FIRST_EXAMPLES);
      final List<double[][]> before = layers();
      final List<double[][]> proposed = new ArrayList<>();

      protector.guard(
          parameters,
          new NDList(),
          1,
          () -> {
            disturb();
            proposed.addAll(layers());
            return 0;
          });

      for (int l = 0; l < projections.size(); l++) {
        final double[][] step = Dense.plus(proposed.get(l), -1, before.get(l));
        final double[][] expected =
            Dense.plus(before.get(l), 1, Dense.multiply(step, projections.get(l)));
        assertThat(Dense.flat(layers().get(l))).containsExactly(Dense.flat(expected), within(1e-5));
      }
    }
  }

  /** P − P x xᵀ P / (α + xᵀ P x). */
  private static double[][] modified(final double[][] p, final double[][] x, final double alpha) {
    final double[][] px = Dense.multiply(p, x);
    final double divisor = alpha + Dense.multiply(Dense.transpose(x), px)[0][0];
    return Dense.plus(p, -1 / divisor, Dense.multiply(px, Dense.transpose(px)));
  }

  /** The mean a of gradients d aᵀ as a column, from the row with the largest d. */
  private static double[][] meanInput(final List<Sample> samples, final int layer) {
    double[][] sum = null;
    for (final Sample sample : samples) {
      sum = add(sum, 1.0 / samples.size(), Dense.transpose(new double[][] {input(sample, layer)}));
    }
    return sum;
  }

  @Test
  void diagonalPullDividesElementByElement() {
    final DiagonalProtector protector = new DiagonalProtector(settings, manager, parameters);
    final List<Sample> first = observe(protector, BATCHES_OF_FIRST_TASK);
    protector.consolidate(parameters, FIRST_EXAMPLES);
    disturb();
    final List<Sample> second = observe(protector, BATCHES_OF_SECOND_TASK);
    protector.consolidate(parameters, SECOND_EXAMPLES);
    final List<double[][]> anchors = layers();
    disturb();
    final List<double[][]> before = layers();

    protector.pull(parameters, 1);

    final double weight = RETENTION * FIRST_EXAMPLES + SECOND_EXAMPLES;
    for (int l = 0; l < network.layers().size(); l++) {
      final double[] fisherOfFirst = fisherDiagonal(first, l);
      final double[] fisherOfSecond = fisherDiagonal(second, l);
      final double[] anchor = Dense.flat(anchors.get(l));
      final double[] start = Dense.flat(before.get(l));
      final double[] expected = new double[anchor.length];
      for (int i = 0; i < anchor.length; i++) {
        final double precision =
            RETENTION * FIRST_EXAMPLES * fisherOfFirst[i] + SECOND_EXAMPLES * fisherOfSecond[i];
        final double factor =
            1 + settings.learningRate() * settings.strength() * precision / weight;
        expected[i] = anchor[i] + (start[i] - anchor[i]) / factor;
      }
      assertThat(Dense.flat(layers().get(l))).containsExactly(expected, within(1e-5));
    }
  }

  @Test
  void nothingIsPulledBeforeATaskHasEnded() {
    for (final Protector protector :
        List.of(
            new TwoSidedProtector(settings, network, manager, algebra),
            new DiagonalProtector(settings, manager, parameters))) {
      observe(protector, 4);
      final List<double[][]> before = layers();
      protector.pull(parameters, 1);
      assertThat(layers()).usingRecursiveComparison().isEqualTo(before);
    }
  }

  private List<double[][]> layers() {
    final List<double[][]> layers = new ArrayList<>();
    for (int l = 0; l < network.layers().size(); l++) {
      layers.add(Dense.extended(parameters.get(2 * l), parameters.get(2 * l + 1)));
    }
    return layers;
  }

  private static double norm(final double[] values) {
    double squares = 0;
    for (final double value : values) {
      squares += value * value;
    }
    return Math.sqrt(squares);
  }
}
