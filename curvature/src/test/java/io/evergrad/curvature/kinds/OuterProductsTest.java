/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.kinds;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.GroupType;
import io.evergrad.curvature.symmetry.Leaf;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against the analysis of the vectors themselves, which the fixtures check. */
class OuterProductsTest {
  private static final int SAMPLES = 5;

  @ParameterizedTest
  @CsvSource({
    "PERMUTATION, PERMUTATION, 2147483647",
    "PERMUTATION, SIGNED_PERMUTATION, 2147483647",
    "ORTHOGONAL, PERMUTATION, 2147483647",
    "IDENTITY, PERMUTATION, 2147483647",
    "PERMUTATION, PERMUTATION, 3",
    "SIGNED_PERMUTATION, PERMUTATION, 2",
    "PERMUTATION, IDENTITY, 1"
  })
  void gramsAreThoseOfTheVectors(final GroupType one, final GroupType two, final int blockLimit) {
    final Symmetry symmetry =
        new Symmetry(
            new TreeMap<>(Map.of("h1", new Group(one, 4), "h2", new Group(two, 3))),
            List.of(
                new Leaf("w1", List.of(4, 5), List.of("h1", Leaf.FREE)),
                new Leaf("b1", List.of(4), List.of("h1")),
                new Leaf("w2", List.of(3, 4), List.of("h2", "h1")),
                new Leaf("b2", List.of(3), List.of("h2")),
                new Leaf("kernel", List.of(2, 3, 2), List.of(Leaf.FREE, "h2", Leaf.FREE)),
                new Leaf("scale", List.of(1), List.of(Leaf.FREE))));
    final KindDecomposition kinds = new KindDecomposition(symmetry, blockLimit);
    final SplittableRandom random = new SplittableRandom(17);
    try (NDManager manager = NDManager.newBaseManager()) {
      final List<List<NDArray>> factors = new ArrayList<>();
      final NDList vectors = new NDList();
      for (final Leaf leaf : symmetry.leaves()) {
        final List<NDArray> axes =
            leaf.shape().stream().map(length -> normal(manager, random, length)).toList();
        factors.add(axes);
        vectors.add(product(axes, leaf));
      }

      final NDList grams = new OuterProducts(factors).grams(kinds);

      final NDList analysis = kinds.analyseSamples(vectors);
      assertThat(grams).hasSameSizeAs(kinds.kinds());
      for (int i = 0; i < grams.size(); i++) {
        final NDArray x = analysis.get(i);
        final NDArray expected = x.transpose().matMul(x);
        assertThat(grams.get(i).getShape()).isEqualTo(expected.getShape());
        assertThat(grams.get(i).sub(expected).abs().max().getDouble())
            .as(kinds.kinds().get(i).label())
            .isLessThan(1e-12);
      }
    }
  }

  private static NDArray normal(
      final NDManager manager, final SplittableRandom random, final int length) {
    final double[] values = random.doubles((long) SAMPLES * length, -1, 1).toArray();
    return manager.create(values, new Shape(SAMPLES, length));
  }

  /** Every vector's tensor, formed in plain Java. */
  private static NDArray product(final List<NDArray> factors, final Leaf leaf) {
    final int count = (int) leaf.count();
    final double[] values = new double[SAMPLES * count];
    for (int i = 0; i < SAMPLES; i++) {
      for (int j = 0; j < count; j++) {
        double value = 1;
        int rest = j;
        for (int axis = leaf.shape().size() - 1; axis >= 0; axis--) {
          final int length = leaf.shape().get(axis);
          value *= factors.get(axis).toDoubleArray()[i * length + rest % length];
          rest /= length;
        }
        values[i * count + j] = value;
      }
    }
    final long[] shape = new long[leaf.shape().size() + 1];
    shape[0] = SAMPLES;
    for (int axis = 0; axis < leaf.shape().size(); axis++) {
      shape[axis + 1] = leaf.shape().get(axis);
    }
    return factors.get(0).getManager().create(values, new Shape(shape));
  }
}
