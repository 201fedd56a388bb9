/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.kinds.Range;
import io.evergrad.curvature.learning.LearnerSettings.Scheme;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.CrossEntropy;
import io.evergrad.curvature.network.Mlp;
import io.evergrad.curvature.network.MlpSpec;
import io.evergrad.curvature.network.Pass;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Steps of a single layer against dense algebra in plain Java. */
class SymmetryRuleTest {
  private static final int UNITS = 4;
  private static final int INPUTS = 5;
  private static final double RATE = 0.1;
  private static final double DAMPING = 0.01;

  private long taskStep;
  private final NDManager manager = NDManager.newBaseManager();
  private final LinearAlgebra algebra = new LinearAlgebra();
  private final SplittableRandom random = new SplittableRandom(31);
  private final Mlp network = new Mlp(new MlpSpec(INPUTS, List.of(), UNITS, Activation.LINEAR));
  private final NDList parameters = network.initialise(manager, 5);

  @AfterEach
  void close() {
    algebra.close();
    manager.close();
  }

  private LearnerSettings.Builder settings() {
    return LearnerSettings.builder(network.spec())
        .learningRate(RATE)
        .momentum(0)
        .decay(0)
        .damping(DAMPING)
        .updateInterval(1)
        .momentInterval(1)
        .initialBoost(0)
        .memory(0)
        .ruleScheme(Scheme.OUTPUT_AXIS);
  }

  private NDList gradient() {
    return new NDList(normal(new Shape(UNITS, INPUTS)), normal(new Shape(UNITS)));
  }

  private NDArray normal(final Shape shape) {
    final float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return manager.create(values, shape);
  }

  /** (θ − θ') / η for one step, [W b]. */
  private double[][] direction(final LearningRule rule, final NDList gradient) {
    return direction(rule, gradient, 1);
  }

  private double[][] direction(final LearningRule rule, final NDList gradient, final double loss) {
    final double[][] before = Dense.extended(parameters.get(0), parameters.get(1));
    rule.step(gradient, loss, taskStep++);
    final double[][] after = Dense.extended(parameters.get(0), parameters.get(1));
    return Dense.plus(new double[UNITS][INPUTS + 1], 1 / RATE, Dense.plus(before, -1, after));
  }

  /** Each row the mean row: the invariant part. */
  private static double[][] mean(final double[][] g) {
    final double[][] average = new double[g.length][g.length];
    for (final double[] row : average) {
      Arrays.fill(row, 1.0 / g.length);
    }
    return Dense.multiply(average, g);
  }

  /** X (S + λ s_max I)^{-1/2}. */
  private static double[][] preconditioned(final double[][] x, final double[][] s) {
    return preconditioned(x, s, DAMPING);
  }

  private static double[][] preconditioned(
      final double[][] x, final double[][] s, final double damping) {
    final Dense.Eigen eigen = Dense.eigen(s);
    final double floor = damping * eigen.largest();
    return Dense.multiply(x, eigen.map(value -> 1 / Math.sqrt(Math.max(value, 0) + floor)));
  }

  /** The direction for a gradient G whose moments are those of the gradients given. */
  private static double[][] expected(
      final double[][] g, final List<double[][]> gradients, final double[] weights) {
    final int m = INPUTS + 1;
    double[][] centred = new double[m][m];
    double[][] invariant = new double[m][m];
    for (int i = 0; i < gradients.size(); i++) {
      final double[][] mean = mean(gradients.get(i));
      final double[][] delta = Dense.plus(gradients.get(i), -1, mean);
      centred =
          Dense.plus(
              centred, weights[i] / (UNITS - 1), Dense.multiply(Dense.transpose(delta), delta));
      invariant = Dense.plus(invariant, weights[i], Dense.multiply(Dense.transpose(mean), mean));
    }
    final double[][] mean = mean(g);
    return Dense.plus(
        preconditioned(Dense.plus(g, -1, mean), centred), 1, preconditioned(mean, invariant));
  }

  private SymmetryRule rule(final LearnerSettings settings) {
    return new SymmetryRule(settings, network, parameters, manager, algebra, Protector.NONE);
  }

  @Test
  void eachStepIsPreconditionedByItsOwnGradient() {
    final SymmetryRule rule = rule(settings().build());
    for (int step = 0; step < 3; step++) {
      final NDList gradient = gradient();
      final double[][] g = Dense.extended(gradient.get(0), gradient.get(1));

      assertThat(Dense.flat(direction(rule, gradient)))
          .containsExactly(
              Dense.flat(expected(g, List.<double[][]>of(g), new double[] {1})), within(1e-4));
    }
  }

  /** σ ↦ √d σ / √(σ² + λ σ_max²): with little damping the step is nearly orthogonal. */
  @Test
  void singularValuesOfTheCentredStepAreLevelled() {
    final NDList gradient = gradient();
    final double[][] g = Dense.extended(gradient.get(0), gradient.get(1));
    final double[][] delta = Dense.plus(g, -1, mean(g));

    final double[][] step = direction(rule(settings().build()), gradient);

    final double[][] centred = Dense.plus(step, -1, mean(step));
    final Dense.Eigen before = Dense.eigen(Dense.multiply(delta, Dense.transpose(delta)));
    final double[][] levelled = before.map(s -> (UNITS - 1) * s / (s + DAMPING * before.largest()));
    assertThat(Dense.flat(Dense.multiply(centred, Dense.transpose(centred))))
        .containsExactly(Dense.flat(levelled), within(1e-3));
  }

  @Test
  void averagesDirectionsAndCurvatureWithTheirOwnDecay() {
    final SymmetryRule rule = rule(settings().momentum(0.5).decay(0.75).build());
    final NDList one = gradient();
    final NDList two = gradient();
    final double[][] g1 = Dense.extended(one.get(0), one.get(1));
    final double[][] g2 = Dense.extended(two.get(0), two.get(1));
    direction(rule, one);

    final double[][] found = direction(rule, two);

    // β(β(1 − β)d₁ + (1 − β)d₂) + (1 − β)d₂ over 1 − β³, at β = 1/2
    final double[][] d1 = expected(g1, List.<double[][]>of(g1), new double[] {1});
    final double[][] d2 = expected(g2, List.of(g1, g2), new double[] {3.0 / 7, 4.0 / 7});
    assertThat(Dense.flat(found))
        .containsExactly(Dense.flat(Dense.plus(scaled(6.0 / 7, d2), 1.0 / 7, d1)), within(1e-4));
  }

  @Test
  void keepsItsRootBetweenUpdates() {
    final int interval = 3;
    final SymmetryRule rule = rule(settings().updateInterval(interval).build());
    for (int early = 0; early < interval; early++) {
      direction(rule, gradient());
    }
    final NDList first = gradient();
    final double[][] g = Dense.extended(first.get(0), first.get(1));
    direction(rule, first);
    final NDList second = gradient();
    final double[][] next = Dense.extended(second.get(0), second.get(1));

    assertThat(Dense.flat(direction(rule, second)))
        .containsExactly(
            Dense.flat(expected(next, List.<double[][]>of(g), new double[] {1})), within(1e-4));
  }

  @Test
  void aGradientOfZeroMovesNothing() {
    final NDList zero =
        new NDList(manager.zeros(new Shape(UNITS, INPUTS)), manager.zeros(new Shape(UNITS)));

    assertThat(Dense.flat(direction(rule(settings().build()), zero))).containsOnly(0);
  }

  /**
   * √s B^{-1/2} G A^{-1/2} with √λ on each factor, A = GᵀG / units, B = GGᵀ / (inputs + 1), s = tr
   * B / units.
   */
  @ParameterizedTest
  @ValueSource(ints = {100, 4, 3, 1})
  void theTwoSidedStepIsPreconditionedOnBothAxes(final int blockLimit) {
    final SymmetryRule rule =
        rule(settings().ruleScheme(Scheme.TWO_SIDED).blockLimit(blockLimit).build());
    for (int step = 0; step < 3; step++) {
      final NDList gradient = gradient();
      final double[][] g = Dense.extended(gradient.get(0), gradient.get(1));
      final double[][] t = Dense.transpose(g);
      final double[][] a = scaled(1.0 / UNITS, Dense.multiply(t, g));
      final double[][] b = scaled(1.0 / (INPUTS + 1), Dense.multiply(g, t));
      final double[][] oneSided = inRanges(g, a, blockLimit);
      final double[][] both = Dense.transpose(inRanges(Dense.transpose(oneSided), b, blockLimit));

      assertThat(Dense.flat(direction(rule, gradient)))
          .containsExactly(
              Dense.flat(scaled(Math.sqrt(Dense.trace(b) / UNITS), both)), within(1e-4));
    }
  }

  /** The average is of H⁻¹g, each by the H of its time, whatever has become of H's level since. */
  @Test
  void aTwoSidedStepAveragesDirections() {
    final SymmetryRule rule = rule(settings().ruleScheme(Scheme.TWO_SIDED).momentum(0.5).build());
    final NDList small = gradient();
    small.forEach(array -> array.muli(0.1));
    final NDList large = gradient();
    final double[][] d1 = twoSided(Dense.extended(small.get(0), small.get(1)));
    final double[][] d2 = twoSided(Dense.extended(large.get(0), large.get(1)));
    direction(rule, small);

    // β(β(1 − β)d₁ + (1 − β)d₂) + (1 − β)d₂ over 1 − β³, at β = 1/2
    assertThat(Dense.flat(direction(rule, large)))
        .containsExactly(Dense.flat(Dense.plus(scaled(6.0 / 7, d2), 1.0 / 7, d1)), within(1e-4));
  }

  /** The direction for a gradient whose moments are its own. */
  private static double[][] twoSided(final double[][] g) {
    final double[][] t = Dense.transpose(g);
    final double[][] a = scaled(1.0 / UNITS, Dense.multiply(t, g));
    final double[][] b = scaled(1.0 / (INPUTS + 1), Dense.multiply(g, t));
    final double[][] right = preconditioned(g, a);
    final double[][] both = Dense.transpose(preconditioned(Dense.transpose(right), b));
    return scaled(Math.sqrt(Dense.trace(b) / UNITS), both);
  }

  /** Of one eigenvector a factor, once it has converged, all others count as their mean. */
  @Test
  void aTwoSidedStepOfLowRankLevelsWhatIsNotKept() {
    final SymmetryRule rule =
        rule(settings().ruleScheme(Scheme.TWO_SIDED).rootRank(1).momentum(0.5).build());
    final NDList gradient = gradient();
    final double[][] g = Dense.extended(gradient.get(0), gradient.get(1));
    final double[][] t = Dense.transpose(g);
    final double[][] b = scaled(1.0 / (INPUTS + 1), Dense.multiply(g, t));
    double[][] found = new double[0][0];
    for (int step = 0; step < 200; step++) {
      found = direction(rule, new NDList(gradient.stream().map(NDArray::duplicate).toList()));
    }

    final double[][] right = Dense.multiply(g, levelled(scaled(1.0 / UNITS, Dense.multiply(t, g))));
    final double[][] expected =
        scaled(Math.sqrt(Dense.trace(b) / UNITS), Dense.multiply(levelled(b), right));
    assertThat(Dense.flat(found)).containsExactly(Dense.flat(expected), within(1e-3));
  }

  /** The damped root of a moment whose eigenvalues but the largest are their mean. */
  private static double[][] levelled(final double[][] moment) {
    final Dense.Eigen eigen = Dense.eigen(moment);
    final double largest = eigen.largest();
    final double rest = (Dense.trace(moment) - largest) / (moment.length - 1);
    return eigen.map(s -> 1 / Math.sqrt((s > largest * 0.999999 ? s : rest) + DAMPING * largest));
  }

  /** Each range of columns by its own part of the second moment. */
  private static double[][] inRanges(
      final double[][] g, final double[][] moment, final int blockLimit) {
    final double[][] result = new double[g.length][g[0].length];
    for (final Range range : Range.cut(g[0].length, blockLimit)) {
      final double[][] block =
          Arrays.copyOfRange(columns(moment, range), range.first(), range.end());
      final double[][] part = preconditioned(columns(g, range), block);
      for (int u = 0; u < g.length; u++) {
        System.arraycopy(part[u], 0, result[u], range.first(), range.size());
      }
    }
    return result;
  }

  /**
   * Its root is of gradients, and losses, a thousand times smaller. Roots are renewed at the first
   * {@code interval} steps and the one after, the next is measured anyway, the one after that only
   * because of its loss.
   */
  @ParameterizedTest
  @CsvSource({"1, true", "2, true", "2, false"})
  void aTwoSidedStepThatOutgrowsItsRootIsShortened(final int since, final boolean seen) {
    final int interval = 5;
    final SymmetryRule rule =
        rule(settings().ruleScheme(Scheme.TWO_SIDED).updateInterval(interval).build());
    final NDList usual = gradient();
    for (int step = 0; step < interval + since; step++) {
      direction(rule, copy(usual));
    }
    final NDList large = copy(usual);
    large.forEach(array -> array.muli(1e3));

    final double[][] step = direction(rule, large, seen ? 1e3 : 1);
    final double[] weights = Dense.flat(columns(step, new Range(0, step[0].length - 1)));

    final double square = Arrays.stream(weights).map(x -> x * x).average().orElseThrow();
    if (seen) {
      assertThat(square).isCloseTo(9, within(1e-2));
    } else {
      assertThat(square).isGreaterThan(1e4);
    }
  }

  private static NDList copy(final NDList arrays) {
    final NDList copies = new NDList();
    arrays.forEach(array -> copies.add(array.duplicate()));
    return copies;
  }

  private static double[][] scaled(final double factor, final double[][] a) {
    return Dense.plus(new double[a.length][a[0].length], factor, a);
  }

  /** The precision of one task of six examples. */
  private TwoSidedProtector learned(final LearnerSettings settings) {
    final TwoSidedProtector protector = new TwoSidedProtector(settings, network, manager, algebra);
    final NDArray x = normal(new Shape(6, INPUTS));
    final Pass pass = network.forward(x, parameters);
    protector.observe(
        pass.backward(
            CrossEntropy.derivative(pass.logits(), manager.create(new int[] {0, 1, 2, 3, 0, 1}))));
    protector.consolidate(parameters, 6);
    return protector;
  }

  private static double[][] precision(
      final Protector protector,
      final AffineMaps.Axis averaged,
      final int side,
      final int blockLimit) {
    final double[][] precision = new double[side][side];
    for (final Range range : Range.cut(side, blockLimit)) {
      final double[][] block =
          Dense.matrix(protector.factorOn(0, averaged, range).orElseThrow().matrix());
      for (int i = 0; i < range.size(); i++) {
        System.arraycopy(block[i], 0, precision[range.first() + i], range.first(), range.size());
      }
    }
    return precision;
  }

  /** κρ tr S / tr Λ, ρ = n tr S / tr Λ, times Λ. */
  private static double[][] remembered(
      final double memory, final int n, final double[][] moment, final double[][] precision) {
    final double ratio = Dense.trace(moment) / Dense.trace(precision);
    assertThat(n * ratio).as("below what a surprise counts up to").isLessThan(100);
    return scaled(memory * n * ratio * ratio, precision);
  }

  /** The precision enters the second moment of the centred part, range by range. */
  @ParameterizedTest
  @ValueSource(ints = {100, 4})
  void remembersThePrecision(final int blockLimit) {
    final double memory = 0.7;
    final int batch = 3;
    final LearnerSettings settings =
        settings().memory(memory).batchSize(batch).blockLimit(blockLimit).build();
    final TwoSidedProtector protector = learned(settings);
    final double[][] precision =
        precision(protector, AffineMaps.Axis.OUTPUT, INPUTS + 1, blockLimit);
    final NDList gradient = gradient();
    final double[][] g = Dense.extended(gradient.get(0), gradient.get(1));
    final double[][] delta = Dense.plus(g, -1, mean(g));
    final double[][] moment =
        scaled(1.0 / (UNITS - 1), Dense.multiply(Dense.transpose(delta), delta));

    final double[][] step =
        direction(
            new SymmetryRule(settings, network, parameters, manager, algebra, protector), gradient);

    final double[][] expected = new double[UNITS][INPUTS + 1];
    for (final Range range : Range.cut(INPUTS + 1, blockLimit)) {
      final double[][] s = block(moment, range);
      final double[][] curvature =
          Dense.plus(s, 1, remembered(memory, batch, s, block(precision, range)));
      final double[][] part = preconditioned(columns(delta, range), curvature);
      for (int u = 0; u < UNITS; u++) {
        System.arraycopy(part[u], 0, expected[u], range.first(), range.size());
      }
    }
    assertThat(Dense.flat(Dense.plus(step, -1, mean(step))))
        .containsExactly(Dense.flat(expected), within(1e-4));
  }

  /** Both factors by the same weight, which the layer's traces tell, whole or cut. */
  @ParameterizedTest
  @ValueSource(ints = {100, 4})
  void aTwoSidedRuleRemembersBothFactors(final int blockLimit) {
    final double memory = 0.7;
    final int batch = 3;
    final LearnerSettings settings =
        settings()
            .ruleScheme(Scheme.TWO_SIDED)
            .memory(memory)
            .batchSize(batch)
            .blockLimit(blockLimit)
            .build();
    final TwoSidedProtector protector = learned(settings);
    final NDList gradient = gradient();
    final double[][] g = Dense.extended(gradient.get(0), gradient.get(1));
    final double[][] t = Dense.transpose(g);
    final double[][] ofInputs = scaled(1.0 / UNITS, Dense.multiply(t, g));
    final double[][] ofUnits = scaled(1.0 / (INPUTS + 1), Dense.multiply(g, t));
    final double[][] a =
        Dense.plus(
            ofInputs,
            1,
            remembered(
                memory,
                batch,
                ofInputs,
                precision(protector, AffineMaps.Axis.OUTPUT, INPUTS + 1, blockLimit)));
    final double[][] b =
        Dense.plus(
            ofUnits,
            1,
            remembered(
                memory,
                batch,
                ofUnits,
                precision(protector, AffineMaps.Axis.INPUT, UNITS, blockLimit)));

    final double[][] step =
        direction(
            new SymmetryRule(settings, network, parameters, manager, algebra, protector), gradient);

    final double[][] both =
        Dense.transpose(inRanges(Dense.transpose(inRanges(g, a, blockLimit)), b, blockLimit));
    assertThat(Dense.flat(step))
        .containsExactly(Dense.flat(scaled(Math.sqrt(Dense.trace(b) / UNITS), both)), within(1e-5));
  }

  private static double[][] block(final double[][] a, final Range range) {
    return Arrays.copyOfRange(columns(a, range), range.first(), range.end());
  }

  private static double[][] columns(final double[][] a, final Range range) {
    return Arrays.stream(a)
        .map(row -> Arrays.copyOfRange(row, range.first(), range.end()))
        .toArray(double[][]::new);
  }
}
