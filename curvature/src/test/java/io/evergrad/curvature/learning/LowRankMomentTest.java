/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.network.Layer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Against the moving average as a dense matrix. */
class LowRankMomentTest {
  private static final int SIDE = 12;
  private static final int ROWS = 5;
  private static final int RANK = 3;
  private static final double DECAY = 0.8;
  private static final double SCALE = (1 - DECAY) / ROWS;

  private final NDManager manager = NDManager.newBaseManager();
  private final SplittableRandom random = new SplittableRandom(7);
  private double[][] average = new double[SIDE][SIDE];

  @AfterEach
  void close() {
    manager.close();
  }

  private double[][] normal(final int rows, final int columns) {
    final double[][] matrix = new double[rows][columns];
    for (final double[] row : matrix) {
      for (int j = 0; j < columns; j++) {
        row[j] = random.nextGaussian();
      }
    }
    return matrix;
  }

  private NDArray array(final double[][] matrix) {
    final float[] values = new float[matrix.length * matrix[0].length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) matrix[i / matrix[0].length][i % matrix[0].length];
    }
    return manager.create(values, new Shape(matrix.length, matrix[0].length));
  }

  private void take(final LowRankMoment moment, final double[][] g) {
    final Layer layer = new Layer(0, false, "layer", ROWS, SIDE);
    new TwoSidedMoments(
            List.of(layer),
            List.of(List.of(moment)),
            List.of(List.of(new LowRankMoment(manager, ROWS, ROWS))),
            manager)
        .accumulate(new NDList(array(g)), DECAY);
    average =
        Dense.plus(
            Dense.plus(new double[SIDE][SIDE], DECAY, average),
            SCALE,
            Dense.multiply(Dense.transpose(g), g));
  }

  private LowRankMoment.Followed follow(final LowRankMoment moment) {
    return LowRankMoment.follow(manager, List.of(moment));
  }

  private static Map<String, double[]> arrays(final LowRankMoment moment) {
    final Map<String, double[]> arrays = new TreeMap<>();
    moment.forEachArray(
        "m",
        (name, array) -> arrays.put(name, Dense.flat(dense(array.toType(DataType.FLOAT32, true)))));
    return arrays;
  }

  private static double[][] dense(final NDArray matrix) {
    return Dense.matrix(matrix);
  }

  @Test
  void isTheMovingAverageWhereAllEigenvectorsAreKept() {
    final LowRankMoment moment = new LowRankMoment(manager, SIDE, SIDE / 2);
    for (int i = 0; i < 7; i++) {
      take(moment, normal(ROWS, SIDE));
      if (i % 3 == 1) {
        assertThat(follow(moment).failed()).isZero();
      }
    }

    assertThat(Dense.flat(dense(moment.matrix())))
        .containsExactly(Dense.flat(average), within(1e-4));
    final double trace = follow(moment).traces()[0];
    assertThat(Dense.flat(dense(moment.matrix())))
        .containsExactly(Dense.flat(average), within(1e-4));
    assertThat(trace).isCloseTo(Dense.trace(average), within(1e-4));
  }

  @Test
  void isTheMovingAverageOfGradientsOfNoMoreDirectionsThanItKeeps() {
    final double[][] directions = normal(RANK, SIDE);
    final LowRankMoment moment = new LowRankMoment(manager, SIDE, RANK);
    for (int i = 0; i < 7; i++) {
      take(moment, Dense.multiply(normal(ROWS, RANK), directions));
      if (i % 3 == 1) {
        follow(moment);
      }
    }

    assertThat(Dense.flat(dense(moment.matrix())))
        .containsExactly(Dense.flat(average), within(1e-3));
  }

  /** Directions of falling size: those that it keeps, and the trace of the rest. */
  @Test
  void findsTheLargestEigenvaluesAndLevelsTheRest() {
    final LowRankMoment moment = new LowRankMoment(manager, SIDE, RANK);
    for (int i = 0; i < 60; i++) {
      final double[][] g = normal(ROWS, SIDE);
      for (final double[] row : g) {
        for (int j = 0; j < SIDE; j++) {
          row[j] *= Math.pow(4, -j);
        }
      }
      take(moment, g);
      follow(moment);
    }

    final Dense.Eigen eigen = Dense.eigen(average);
    final double[] ascending = Arrays.stream(eigen.values()).sorted().toArray();
    final double[] found = arrays(moment).get("m.values");
    for (int i = 0; i < RANK; i++) {
      final double value = ascending[SIDE - RANK + i];
      assertThat(found[i]).isCloseTo(value, within(0.02 * value));
    }
    assertThat(follow(moment).traces()[0]).isCloseTo(Dense.trace(average), within(1e-4));
    assertThat(Dense.trace(dense(moment.matrix()))).isCloseTo(Dense.trace(average), within(1e-4));
  }

  @Test
  void followsATurnOfItsDirections() {
    final LowRankMoment moment = new LowRankMoment(manager, SIDE, RANK);
    for (int turn = 0; turn < 2; turn++) {
      final double[][] directions = normal(RANK, SIDE);
      average = new double[SIDE][SIDE];
      for (int i = 0; i < 60; i++) {
        take(moment, Dense.multiply(normal(ROWS, RANK), directions));
        follow(moment);
      }
    }

    assertThat(Dense.flat(dense(moment.matrix())))
        .containsExactly(Dense.flat(average), within(1e-2));
  }

  @Test
  void becomesLikeAMatrix() {
    final double[][] directions = normal(RANK, SIDE);
    final double[][] matrix = Dense.multiply(Dense.transpose(directions), directions);
    final LowRankMoment moment = new LowRankMoment(manager, SIDE, RANK);
    take(moment, normal(ROWS, SIDE));

    moment.adopt(array(matrix));

    assertThat(Dense.flat(dense(moment.matrix())))
        .containsExactly(Dense.flat(matrix), within(1e-3));
  }

  @Test
  void anInfiniteGradientLeavesItAsItWas() {
    final LowRankMoment moment = new LowRankMoment(manager, SIDE, RANK);
    take(moment, normal(ROWS, SIDE));
    follow(moment);
    final Map<String, double[]> before = arrays(moment);
    final double[][] infinite = normal(ROWS, SIDE);
    infinite[1][2] = Double.POSITIVE_INFINITY;
    take(moment, infinite);

    assertThat(follow(moment).failed()).isEqualTo(1);
    assertThat(arrays(moment).get("m.basis")).containsExactly(before.get("m.basis"));
    assertThat(arrays(moment).get("m.values")).containsExactly(before.get("m.values"));
  }
}
