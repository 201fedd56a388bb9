/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.invariance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.blocks.Declarations;
import io.evergrad.curvature.blocks.Vectors;
import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.GroupType;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Against dense matrices over all parameters, built entry by entry. */
class SymmetryElementTest {
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  private double[][] matrix(final GroupElement element, final int n) {
    final double[] flat = element.apply(manager.eye(n, n, 0, DataType.FLOAT64), 0).toDoubleArray();
    final double[][] matrix = new double[n][];
    Arrays.setAll(matrix, i -> Arrays.copyOfRange(flat, i * n, (i + 1) * n));
    return matrix;
  }

  private static double identityError(final NDArray product) {
    final long n = product.getShape().get(0);
    return product
        .sub(product.getManager().eye((int) n, (int) n, 0, DataType.FLOAT64))
        .abs()
        .max()
        .getDouble();
  }

  @Test
  void movesEveryAxisOfATensorOfAnyOrder() {
    for (int seed = 0; seed < 60; seed++) {
      final SplittableRandom random = new SplittableRandom(seed);
      final Symmetry symmetry = Declarations.random(random);
      final SymmetryElement element = SymmetryElement.random(symmetry, random);
      final Map<String, double[][]> matrices = new HashMap<>();
      element
          .elements()
          .forEach((id, e) -> matrices.put(id, matrix(e, symmetry.groups().get(id).size())));
      final double[][] whole = Declarations.whole(symmetry, matrices);
      final double[] v = random.doubles(symmetry.count()).toArray();
      final NDList leaves = new NDList();
      Vectors.split(manager.create(v, new Shape(1, v.length)), symmetry.leaves())
          .forEach(leaf -> leaves.add(leaf.get(0)));

      final NDList moved = element.apply(leaves);

      int row = 0;
      for (int i = 0; i < moved.size(); i++) {
        assertThat(moved.get(i).getShape()).isEqualTo(leaves.get(i).getShape());
        for (final double found : moved.get(i).toDoubleArray()) {
          double expected = 0;
          for (int j = 0; j < v.length; j++) {
            expected += whole[row][j] * v[j];
          }
          assertThat(found).as("seed %d, row %d", seed, row).isCloseTo(expected, within(1e-12));
          row++;
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(GroupType.class)
  void elementsAreOrthogonalAndOfTheirType(final GroupType type) {
    final int n = 40;
    final double[][] rows =
        matrix(GroupElement.random(new Group(type, n), new SplittableRandom(2)), n);
    final NDArray a =
        manager.create(
            Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray(), new Shape(n, n));

    assertThat(identityError(a.matMul(a.transpose()))).isLessThan(1e-13);
    final Set<Double> entries = new HashSet<>();
    Arrays.stream(rows).forEach(row -> Arrays.stream(row).map(x -> x + 0.0).forEach(entries::add));
    final boolean diagonal =
        Arrays.stream(a.mul(manager.eye(n, n, 0, DataType.FLOAT64)).toDoubleArray())
                .filter(x -> x != 0)
                .count()
            == n;
    switch (type) {
      case IDENTITY -> assertThat(identityError(a)).isZero();
      case PERMUTATION -> assertThat(entries).containsExactlyInAnyOrder(0.0, 1.0);
      case SIGNED_PERMUTATION, SIGN_FLIPS ->
          assertThat(entries).containsExactlyInAnyOrder(0.0, 1.0, -1.0);
      case ORTHOGONAL -> assertThat(entries).hasSizeGreaterThan(n * n / 2);
    }
    assertThat(diagonal)
        .isEqualTo(
            type == GroupType.IDENTITY
                || type == GroupType.SIGN_FLIPS
                || type == GroupType.ORTHOGONAL);
  }

  /** Moments of an entry: of Haar's measure 0, 1/n, 3/(n(n + 2)); of permutations all 1/n. */
  @ParameterizedTest
  @EnumSource(
      value = GroupType.class,
      names = {"PERMUTATION", "SIGNED_PERMUTATION", "ORTHOGONAL"})
  void elementsAreDrawnUniformly(final GroupType type) {
    final int n = 3;
    final int draws = 20_000;
    final SplittableRandom random = new SplittableRandom(8);
    final double[][] moments = new double[n * n][4];
    int reflections = 0;
    for (int draw = 0; draw < draws; draw++) {
      final double[][] a = rows(GroupElement.random(new Group(type, n), random), n);
      for (int entry = 0; entry < n * n; entry++) {
        for (int power = 0; power < 4; power++) {
          moments[entry][power] += Math.pow(a[entry / n][entry % n], power + 1) / draws;
        }
      }
      reflections +=
          a[0][0] * (a[1][1] * a[2][2] - a[1][2] * a[2][1])
                      - a[0][1] * (a[1][0] * a[2][2] - a[1][2] * a[2][0])
                      + a[0][2] * (a[1][0] * a[2][1] - a[1][1] * a[2][0])
                  < 0
              ? 1
              : 0;
    }
    final double odd = type == GroupType.PERMUTATION ? 1.0 / n : 0;
    final double fourth = type == GroupType.ORTHOGONAL ? 3.0 / (n * (n + 2)) : 1.0 / n;
    for (final double[] moment : moments) {
      assertThat(moment[0]).isCloseTo(odd, within(0.02));
      assertThat(moment[1]).isCloseTo(1.0 / n, within(0.02));
      assertThat(moment[2]).isCloseTo(odd, within(0.02));
      assertThat(moment[3]).isCloseTo(fourth, within(0.02));
    }
    assertThat(reflections / (double) draws).isCloseTo(0.5, within(0.02));
  }

  private static double[][] rows(final GroupElement element, final int n) {
    if (element instanceof GroupElement.Rotation rotation) {
      return rotation.rows();
    }
    final var permutation = (GroupElement.SignedPermutation) element;
    final double[][] rows = new double[n][n];
    for (int i = 0; i < n; i++) {
      rows[i][permutation.sources()[i]] = permutation.signs()[i];
    }
    return rows;
  }

  @Test
  void aSeedGivesOneElement() {
    final Symmetry symmetry = Declarations.random(new SplittableRandom(5));
    final NDList v = new NDList();
    symmetry
        .leaves()
        .forEach(
            leaf ->
                v.add(
                    manager
                        .arange((int) leaf.count())
                        .toType(DataType.FLOAT64, false)
                        .reshape(Vectors.shape(leaf))));
    final NDList one = SymmetryElement.random(symmetry, new SplittableRandom(1)).apply(v);
    final NDList same = SymmetryElement.random(symmetry, new SplittableRandom(1)).apply(v);
    final NDList other = SymmetryElement.random(symmetry, new SplittableRandom(2)).apply(v);
    assertThat(one).isEqualTo(same);
    assertThat(one).isNotEqualTo(other);
  }
}
