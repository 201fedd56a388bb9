/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.blocks;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.kinds.KindDecomposition;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.symmetry.GroupType;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Muon and Shampoo as choices of groups, against their own definitions in plain Java. */
class SpecialCasesTest {
  private static final double RELATIVE = 1e-6;

  private final NDManager manager = NDManager.newBaseManager();
  private final LinearAlgebra algebra = new LinearAlgebra();
  private final SplittableRandom random = new SplittableRandom(5);

  @AfterEach
  void close() {
    algebra.close();
    manager.close();
  }

  private double[][] normal(final int units, final int inputs) {
    final double[][] matrix = new double[units][inputs];
    for (final double[] row : matrix) {
      for (int j = 0; j < inputs; j++) {
        row[j] = random.nextGaussian();
      }
    }
    return matrix;
  }

  private NDArray array(final double[][] matrix) {
    return manager.create(PlainMatrices.flat(matrix), new Shape(matrix.length, matrix[0].length));
  }

  /** The second moment Σ R2(g, g) of the gradients under O(n) on one axis. */
  private BlockMatrix moment(final int axis, final List<double[][]> gradients) {
    final double[][] first = gradients.get(0);
    final KindDecomposition kinds =
        new KindDecomposition(
            Symmetry.onOneAxis(
                "w", List.of(first.length, first[0].length), axis, GroupType.ORTHOGONAL));
    BlockMatrix sum = null;
    for (final double[][] gradient : gradients) {
      final BlockMatrix one =
          BlockMatrix.orbitAverage(kinds, kinds.analyse(new NDList(array(gradient))), 1);
      sum = sum == null ? one : sum.plus(one);
    }
    return sum;
  }

  private static void assertClose(final NDArray found, final double[][] expected) {
    double largest = 0;
    double distance = 0;
    final double[] values = found.toDoubleArray();
    final double[] truth = PlainMatrices.flat(expected);
    assertThat(values).hasSameSizeAs(truth);
    for (int i = 0; i < values.length; i++) {
      largest = Math.max(largest, Math.abs(truth[i]));
      distance = Math.max(distance, Math.abs(values[i] - truth[i]));
    }
    assertThat(distance).isLessThan(RELATIVE * largest);
  }

  @ParameterizedTest
  @CsvSource({"7, 4", "4, 7", "5, 5"})
  void muonIsOneGradientUnderRotationsOfTheOutputs(final int units, final int inputs) {
    final double[][] g = normal(units, inputs);

    final NDList step =
        moment(0, List.<double[][]>of(g))
            .pseudoInverse(algebra, 1e-12)
            .squareRoot(algebra)
            .apply(new NDList(array(g)));

    assertClose(step.get(0).div(Math.sqrt(units)), PlainMatrices.polarFactor(g));
  }

  @ParameterizedTest
  @CsvSource({"7, 4", "4, 7", "5, 5"})
  void oneSidedShampooIsASumOfThem(final int units, final int inputs) {
    final List<double[][]> gradients =
        List.of(normal(units, inputs), normal(units, inputs), normal(units, inputs));
    final double[][] g = gradients.get(2);
    final double damping = 1e-3;

    final NDList step =
        moment(0, gradients).power(algebra, -0.5, damping).apply(new NDList(array(g)));

    final double[][] right = PlainMatrices.sumOfGrams(gradients);
    assertClose(
        step.get(0).div(Math.sqrt(units)),
        PlainMatrices.multiply(g, PlainMatrices.dampedPower(right, -0.5, damping)));
  }

  @ParameterizedTest
  @CsvSource({"7, 4", "4, 7", "5, 5"})
  void twoOneSidedChoicesAreTwoSidedShampoo(final int units, final int inputs) {
    final List<double[][]> gradients = List.of(normal(units, inputs), normal(units, inputs));
    final double[][] g = gradients.get(1);
    final double damping = 1e-3;

    final NDList half =
        moment(0, gradients).power(algebra, -0.25, damping).apply(new NDList(array(g)));
    final NDList step = moment(1, gradients).power(algebra, -0.25, damping).apply(half);

    final double[][] right =
        PlainMatrices.dampedPower(PlainMatrices.sumOfGrams(gradients), -0.25, damping);
    final double[][] left =
        PlainMatrices.dampedPower(
            PlainMatrices.sumOfGrams(gradients.stream().map(PlainMatrices::transpose).toList()),
            -0.25,
            damping);
    assertClose(
        step.get(0).div(Math.pow((double) units * inputs, 0.25)),
        PlainMatrices.multiply(left, PlainMatrices.multiply(g, right)));
  }
}
