/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.kinds.KindDecomposition;
import io.evergrad.curvature.symmetry.Leaf;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Of logistic regression, whose Fisher is (diag p − ppᵀ) ⊗ xxᵀ, all labels being alike. */
class FisherTest {
  private static final int EXAMPLES = 20_000;
  private static final double[] X = {0.5, -1, 1};
  private static final double[][] W = {{0.8, -0.2}, {-0.3, 0.1}, {0.1, 0.4}};

  private final NDManager manager = NDManager.newBaseManager();
  private final Mlp network = new Mlp(new MlpSpec(2, List.of(), 3, Activation.LINEAR));
  private final KindDecomposition free =
      new KindDecomposition(
          new Symmetry(
              new TreeMap<>(),
              List.of(
                  new Leaf("w", List.of(3, 2), List.of(Leaf.FREE, Leaf.FREE)),
                  new Leaf("b", List.of(3), List.of(Leaf.FREE)))));

  @AfterEach
  void close() {
    manager.close();
  }

  private Pass pass(final boolean wide) {
    final double[] features = new double[2 * EXAMPLES];
    for (int i = 0; i < EXAMPLES; i++) {
      features[2 * i] = X[0];
      features[2 * i + 1] = X[1];
    }
    final NDArray x = manager.create(features, new Shape(EXAMPLES, 2));
    final NDList parameters =
        new NDList(
            manager.create(
                Arrays.stream(W).flatMapToDouble(Arrays::stream).toArray(), new Shape(3, 2)),
            manager.zeros(new Shape(3), DataType.FLOAT64));
    if (wide) {
      return network.forward(x, parameters);
    }
    return network.forward(
        x.toType(DataType.FLOAT32, false),
        new NDList(
            parameters.get(0).toType(DataType.FLOAT32, false),
            parameters.get(1).toType(DataType.FLOAT32, false)));
  }

  private static double[] probabilities() {
    final double[] p = new double[3];
    double sum = 0;
    for (int c = 0; c < 3; c++) {
      p[c] = Math.exp(W[c][0] * X[0] + W[c][1] * X[1]);
      sum += p[c];
    }
    for (int c = 0; c < 3; c++) {
      p[c] /= sum;
    }
    return p;
  }

  /** Element (c, j), (e, k) of (diag p − ppᵀ) ⊗ xxᵀ; j = 2 is the bias. */
  private static double expected(final int row, final int column) {
    final double[] p = probabilities();
    final int c = row < 6 ? row / 2 : row - 6;
    final int e = column < 6 ? column / 2 : column - 6;
    final double x = X[row < 6 ? row % 2 : 2] * X[column < 6 ? column % 2 : 2];
    return ((c == e ? p[c] : 0) - p[c] * p[e]) * x;
  }

  @Test
  void sampledLabelsGiveTheFisher() {
    for (final boolean wide : new boolean[] {true, false}) {
      final NDArray found =
          Fisher.sampled(pass(wide), new SplittableRandom(3))
              .secondMoment(free, 0)
              .dense()
              .toType(DataType.FLOAT64, false);

      for (int i = 0; i < 9; i++) {
        for (int j = 0; j < 9; j++) {
          // Five standard errors of a mean of 20,000 products, each below one.
          assertThat(found.getDouble(i, j))
              .isCloseTo(expected(i, j), within(5 / Math.sqrt(EXAMPLES)));
        }
      }
      assertThat(expected(0, 0)).isGreaterThan(0.05);
    }
  }

  @Test
  void trueLabelsGiveAnotherMatrix() {
    final int[] labels = new int[EXAMPLES];

    final NDArray found = Fisher.empirical(pass(true), labels).secondMoment(free, 0).dense();

    final double derivative = (probabilities()[0] - 1) * X[0];
    assertThat(found.getDouble(0, 0)).isCloseTo(derivative * derivative, within(1e-12));
    assertThat(found.getDouble(0, 0)).isNotCloseTo(expected(0, 0), within(0.01));
  }

  @Test
  void drawsFollowTheProbabilities() {
    final float[] rows = new float[3 * EXAMPLES];
    for (int i = 0; i < EXAMPLES; i++) {
      rows[3 * i] = 0.2f;
      rows[3 * i + 2] = 0.8f;
    }

    final int[] labels = Fisher.draw(rows, 3, new SplittableRandom(5));

    assertThat(Arrays.stream(labels).filter(l -> l == 1)).isEmpty();
    assertThat((double) Arrays.stream(labels).filter(l -> l == 0).count() / EXAMPLES)
        .isCloseTo(0.2, within(0.015));
    assertThat(Fisher.draw(rows, 3, new SplittableRandom(5))).isEqualTo(labels);
  }
}
