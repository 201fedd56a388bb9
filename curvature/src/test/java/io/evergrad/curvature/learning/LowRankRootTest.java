/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Against the dense root: from its eigenvalues, all but the largest replaced by their mean. */
class LowRankRootTest {
  private static final int SIDE = 12;
  private static final int RANK = 3;
  private static final double DAMPING = 1e-3;
  private static final double SCALE = 1.7;

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  /** Its columns are part of a wider array, as where they are used. */
  private LowRankRoot root(final int rank) {
    final NDArray wide = manager.ones(new Shape(SIDE, rank + 2));
    return new LowRankRoot(
        wide.get(new NDIndex(":, 1:{}", rank + 1)),
        Optional.of(wide.get(new NDIndex(":, {}", rank + 1))));
  }

  private static Map<String, NDArray> arrays(final LowRankRoot root) {
    final Map<String, NDArray> arrays = new TreeMap<>();
    root.forEachArray("root", arrays::put);
    return arrays;
  }

  /** The exponential of a random symmetric matrix. */
  private double[][] moment() {
    final SplittableRandom random = new SplittableRandom(3);
    final double[][] noise = new double[SIDE][SIDE];
    for (int i = 0; i < SIDE; i++) {
      for (int j = 0; j <= i; j++) {
        noise[i][j] = random.nextGaussian();
        noise[j][i] = noise[i][j];
      }
    }
    return Dense.eigen(noise).map(Math::exp);
  }

  private NDArray array(final double[][] matrix) {
    final float[] values = new float[SIDE * SIDE];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) matrix[i / SIDE][i % SIDE];
    }
    return manager.create(values, new Shape(SIDE, SIDE));
  }

  private double[][] dense(final LowRankRoot root) {
    final Map<String, NDArray> arrays = arrays(root);
    final NDArray v = arrays.get("root.columns");
    return Dense.matrix(
        manager.eye(SIDE).sub(v.matMul(v.transpose())).mul(arrays.get("root.level")));
  }

  /** A moment that has converged to a matrix. */
  private LowRankMoment like(final double[][] matrix, final int rank) {
    final LowRankMoment moment = new LowRankMoment(manager, SIDE, rank);
    for (int i = 0; i < 15; i++) {
      moment.adopt(array(matrix));
    }
    return moment;
  }

  private SpectralFactor factor(final double[][] symmetric) {
    final Dense.Eigen eigen = Dense.eigen(symmetric);
    return new SpectralFactor(
        array(eigen.vectors()), manager.create(eigen.values(), new Shape(SIDE)), 1);
  }

  private boolean renew(final LowRankRoot root, final LowRankMoment like) {
    return renew(root, like, 1, Optional.empty());
  }

  private boolean renew(
      final LowRankRoot root,
      final LowRankMoment like,
      final double correction,
      final Optional<SpectralFactor> remembered) {
    final double trace = Dense.trace(Dense.matrix(like.matrix()));
    final var renewal = new LowRankRoot.Renewal(root, like, trace, remembered, SCALE);
    return LowRankRoot.renew(manager, List.of(renewal), correction, DAMPING) == 0;
  }

  private static double[][] expected(final double[][] moment, final int rank) {
    final Dense.Eigen eigen = Dense.eigen(moment);
    final double[] ascending = Arrays.stream(eigen.values()).sorted().toArray();
    final double least = ascending[SIDE - rank];
    final double rest = Arrays.stream(ascending).limit(SIDE - rank).average().orElse(0);
    final double shift = DAMPING * eigen.largest();
    return eigen.map(s -> SCALE / Math.sqrt((s >= least ? s : rest) + shift));
  }

  @Test
  void isExactOnTheLargestEigenvaluesAndLevelOnTheRest() {
    final double[][] moment = moment();
    final LowRankRoot root = root(RANK);

    assertThat(renew(root, like(moment, RANK))).isTrue();

    assertThat(Dense.flat(dense(root)))
        .containsExactly(Dense.flat(expected(moment, RANK)), within(1e-4));
  }

  @Test
  void isExactWhereHalfTheSideWouldBeLeftOut() {
    final double[][] moment = moment();
    final LowRankRoot root = root(SIDE);

    renew(root, like(moment, SIDE / 2));

    assertThat(Dense.flat(dense(root)))
        .containsExactly(Dense.flat(expected(moment, SIDE)), within(1e-4));
  }

  @Test
  void convergesToTheRootOfTheMomentAndWhatIsRemembered() {
    final double correction = 1.5;
    final double[][] moment = moment();
    final double[][] precision = Dense.multiply(moment, moment);
    final LowRankMoment whole = like(moment, RANK);
    final LowRankRoot root = root(RANK);

    for (int renewal = 0; renewal < 60; renewal++) {
      final Optional<SpectralFactor> remembered = Optional.of(factor(precision));
      assertThat(renew(root, whole, correction, remembered)).isTrue();
    }

    final double[][] sum = Dense.plus(precision, correction, Dense.matrix(whole.matrix()));
    assertThat(Dense.flat(dense(root)))
        .containsExactly(Dense.flat(expected(sum, RANK)), within(1e-4));
  }

  @Test
  void itsEndIsWhatTheLastColumnBrings() {
    final LowRankRoot root = root(RANK);

    renew(root, like(moment(), RANK));

    final NDArray v = arrays(root).get("root.columns");
    final NDArray last = v.get(SIDE - 1).reshape(new Shape(RANK, 1));
    final double[] expected = Dense.flat(Dense.matrix(v.matMul(last)));
    assertThat(Dense.flat(Dense.matrix(arrays(root).get("root.end").reshape(new Shape(SIDE, 1)))))
        .containsExactly(expected, within(1e-6));
  }

  @Test
  void keepsTheLastFiniteRoot() {
    final double[][] moment = moment();
    final LowRankMoment like = like(moment, RANK);
    final LowRankRoot root = root(RANK);
    renew(root, like);
    final double[] before = Dense.flat(dense(root));
    final SpectralFactor infinite = factor(moment).times(Double.POSITIVE_INFINITY);

    assertThat(renew(root, like, 1, Optional.of(infinite))).isFalse();
    assertThat(Dense.flat(dense(root))).containsExactly(before);
  }
}
