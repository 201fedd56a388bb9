/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.kinds;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.linalg.Matrices;
import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.GroupType;
import io.evergrad.curvature.symmetry.Leaf;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Slabs of rows against whole matrices. */
class RowStreamTest {
  private final SplittableRandom random = new SplittableRandom(5);

  private static Symmetry symmetry(final GroupType one, final GroupType two) {
    return new Symmetry(
        new TreeMap<>(
            Map.of(
                "a", new Group(GroupType.PERMUTATION, 2),
                "h1", new Group(one, 7),
                "h2", new Group(two, 5),
                "h3", new Group(GroupType.PERMUTATION, 4))),
        List.of(
            new Leaf("w1", List.of(7, 3), List.of("h1", Leaf.FREE)),
            new Leaf("b1", List.of(7), List.of("h1")),
            new Leaf("w2", List.of(5, 7), List.of("h2", "h1")),
            new Leaf("kernel", List.of(2, 5, 3, 7), List.of("a", "h2", Leaf.FREE, "h1")),
            new Leaf("w3", List.of(4, 5), List.of("h3", "h2")),
            new Leaf("recurrent", List.of(4, 4), List.of("h3", "h3")),
            new Leaf("scale", List.of(1), List.of(Leaf.FREE))));
  }

  private NDList normal(final NDManager manager, final Symmetry symmetry) {
    final NDList leaves = new NDList();
    for (final Leaf leaf : symmetry.leaves()) {
      final double[] values = random.doubles(leaf.count(), -1, 1).toArray();
      leaves.add(
          manager.create(
              values, new Shape(leaf.shape().stream().mapToLong(Integer::longValue).toArray())));
    }
    return leaves;
  }

  private static double distance(final NDArray one, final NDArray other) {
    assertThat(one.getShape()).isEqualTo(other.getShape());
    return one.sub(other).abs().max().getDouble();
  }

  @ParameterizedTest
  @CsvSource({
    "PERMUTATION, PERMUTATION, 2147483647",
    "PERMUTATION, PERMUTATION, 2",
    "SIGNED_PERMUTATION, PERMUTATION, 3",
    "ORTHOGONAL, SIGN_FLIPS, 2147483647",
    "SIGN_FLIPS, PERMUTATION, 2147483647",
    "IDENTITY, SIGNED_PERMUTATION, 4"
  })
  void slabsOfRowsGiveWhatWholeMatricesGive(
      final GroupType one, final GroupType two, final int blockLimit) {
    final KindDecomposition kinds = new KindDecomposition(symmetry(one, two), blockLimit);
    final RowStream stream = new RowStream(kinds, 1, 3);
    try (NDManager manager = NDManager.newBaseManager()) {
      final NDList v = normal(manager, kinds.symmetry());
      final NDList analysis = kinds.analyse(v);
      final NDArray[] grams = new NDArray[analysis.size()];
      final int[] visits = new int[analysis.size()];
      stream.forEachRows(
          v,
          (i, x) -> {
            visits[i]++;
            final NDArray gram = Matrices.gram(x);
            gram.attach(manager);
            grams[i] = grams[i] == null ? gram : grams[i].add(gram);
          });
      assertThat(Arrays.stream(visits).max()).hasValue(3);
      for (int i = 0; i < grams.length; i++) {
        assertThat(distance(grams[i], Matrices.gram(analysis.get(i))))
            .as(kinds.kinds().get(i).label())
            .isLessThan(1e-12);
      }

      final NDList products = new NDList();
      IntStream.range(0, grams.length).forEach(i -> products.add(analysis.get(i).matMul(grams[i])));
      final NDList expected = kinds.synthesise(products);
      final NDList found = stream.mapRows(v, (i, x) -> x.matMul(grams[i]));
      for (int i = 0; i < v.size(); i++) {
        assertThat(distance(found.get(i), expected.get(i))).isLessThan(1e-12);
      }
    }
  }

  @Test
  void slabsAreNoLargerThanAskedFor() {
    final KindDecomposition kinds =
        new KindDecomposition(symmetry(GroupType.PERMUTATION, GroupType.PERMUTATION));
    try (NDManager manager = NDManager.newBaseManager()) {
      final long[] largest = new long[1];
      new RowStream(kinds, 1, 7)
          .forEachRows(
              normal(manager, kinds.symmetry()),
              (i, x) -> {
                if (kinds.kinds().get(i).label().startsWith("a:centred h1")) {
                  largest[0] = Math.max(largest[0], x.size());
                }
              });
      assertThat(largest[0]).isEqualTo(7 * 5 * 3);
      assertThat(manager.getManagedArrays()).hasSize(kinds.symmetry().leaves().size());
    }
  }
}
