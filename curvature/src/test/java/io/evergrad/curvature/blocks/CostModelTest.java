/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.blocks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.evergrad.curvature.kinds.KindDecomposition;
import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.GroupType;
import io.evergrad.curvature.symmetry.Leaf;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Against additions and multiplications counted one by one, and against the arrays themselves. */
class CostModelTest {
  private static final int UNITS = 6;
  private static final int INPUTS = 4;

  /** Counts what it computes. */
  private static final class Counter {
    private long flops;

    double add(final double a, final double b) {
      flops++;
      return a + b;
    }

    double multiply(final double a, final double b) {
      flops++;
      return a * b;
    }

    /** Aᵀ B, or A B. */
    double[][] product(final double[][] a, final double[][] b, final boolean transposed) {
      final int rows = transposed ? a[0].length : a.length;
      final double[][] result = new double[rows][b[0].length];
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < b[0].length; j++) {
          for (int k = 0; k < b.length; k++) {
            result[i][j] = add(result[i][j], multiply(transposed ? a[k][i] : a[i][k], b[k][j]));
          }
        }
      }
      return result;
    }
  }

  /** A dense layer whose units change places. */
  private static KindDecomposition layer(final GroupType type, final int blockLimit) {
    return new KindDecomposition(
        new Symmetry(
            new TreeMap<>(Map.of("h", new Group(type, UNITS))),
            List.of(
                new Leaf("w", List.of(UNITS, INPUTS), List.of("h", Leaf.FREE)),
                new Leaf("b", List.of(UNITS), List.of("h")))),
        blockLimit);
  }

  private static double[][] columns(final double[][] x, final int first, final int end) {
    final double[][] columns = new double[x.length][];
    for (int i = 0; i < x.length; i++) {
      columns[i] = Arrays.copyOfRange(x[i], first, end);
    }
    return columns;
  }

  /** Means, then centred columns: the mean is found for each kind by itself. */
  private static long splitting(final Counter counter) {
    final long before = counter.flops;
    for (int j = 0; j <= INPUTS; j++) {
      double invariant = 0;
      double mean = 0;
      for (int i = 0; i < UNITS; i++) {
        invariant = counter.add(invariant, 1);
      }
      for (int i = 0; i < UNITS; i++) {
        mean = counter.add(mean, 1);
      }
      for (int i = 0; i < UNITS; i++) {
        counter.add(1, -mean);
      }
    }
    return counter.flops - before;
  }

  @Test
  void flopsOfALayerAreThoseThatPlainLoopsTake() {
    final CostModel model =
        new CostModel(layer(GroupType.PERMUTATION, Integer.MAX_VALUE), DataType.FLOAT32);
    final double[][] centred = new double[UNITS][INPUTS + 1];
    final double[][] invariant = new double[1][INPUTS + 1];
    final double[][] block = new double[INPUTS + 1][INPUTS + 1];

    final Counter update = new Counter();
    splitting(update);
    update.product(centred, centred, true);
    update.product(invariant, invariant, true);
    assertThat(model.update().flops()).isEqualTo(update.flops);

    final Counter apply = new Counter();
    final long split = splitting(apply);
    apply.product(centred, block, false);
    apply.product(invariant, block, false);
    final long together = split + 2L * UNITS * (INPUTS + 1);
    assertThat(model.apply().flops()).isEqualTo(apply.flops + together);
  }

  @Test
  void cutBlocksCostWhatTheirRangesCost() {
    final CostModel model = new CostModel(layer(GroupType.PERMUTATION, 3), DataType.FLOAT32);
    final Counter counter = new Counter();
    splitting(counter);
    for (final int rows : new int[] {UNITS, 1}) {
      final double[][] x = new double[rows][INPUTS + 1];
      counter.product(columns(x, 0, 2), columns(x, 0, 2), true);
      counter.product(columns(x, 2, 5), columns(x, 2, 5), true);
    }
    assertThat(model.update().flops()).isEqualTo(counter.flops);
    assertThat(model.blockBytes()).isEqualTo(4 * 2 * (2 * 2 + 3 * 3));
  }

  /** X is 6 × 5, read once; the block, 5 × 5, is written, then read and written in the average. */
  @Test
  void movedBytesCountEveryArray() {
    final CostModel model =
        new CostModel(layer(GroupType.ORTHOGONAL, Integer.MAX_VALUE), DataType.FLOAT64);
    assertThat(model.update().movedBytes()).isEqualTo(8 * (30 + 3 * 25));
    assertThat(model.apply().movedBytes()).isEqualTo(8 * (2 * 30 + 25 + 2 * 30));
    assertThat(model.fisherSample(10).flops()).isEqualTo(2 * 10 * 25);
  }

  @Test
  void aStepHasItsShareOfTheRenewal() {
    final CostModel model =
        new CostModel(layer(GroupType.ORTHOGONAL, Integer.MAX_VALUE), DataType.FLOAT32);
    assertThat(model.renewal().flops()).isEqualTo((9 + 2) * 125);
    assertThat(model.perStep(25).flops())
        .isEqualTo(model.update().flops() + model.apply().flops() + 11 * 125 / 25);
  }

  @ParameterizedTest
  @EnumSource
  void blocksHaveTheBytesThatWereTold(final GroupType type) {
    final KindDecomposition kinds = layer(type, Integer.MAX_VALUE);
    try (NDManager manager = NDManager.newBaseManager()) {
      for (final DataType element : List.of(DataType.FLOAT32, DataType.FLOAT64)) {
        final CostModel model = new CostModel(kinds, element);
        assertThat(model.blockBytes())
            .isEqualTo(BlockMatrix.zeros(kinds, manager, element).bytes());
      }
    }
  }

  @Test
  void tellsOfWhatNoMachineCouldHold() {
    final int n = 500_000;
    final Symmetry symmetry =
        new Symmetry(
            new TreeMap<>(Map.of("h", new Group(GroupType.PERMUTATION, n))),
            List.of(new Leaf("w", List.of(n, n), List.of("h", Leaf.FREE))));
    final CostModel model = new CostModel(new KindDecomposition(symmetry), DataType.FLOAT32);
    assertThat(model.blockBytes()).isEqualTo(2 * 4L * n * n);
    assertThat(model.ofKinds().get(0).update().flops()).isEqualTo(2L * n * n * n);
  }

  @Test
  void theTableHasALineAKindAndTheSums() {
    final CostModel model = new CostModel(layer(GroupType.PERMUTATION, 3), DataType.FLOAT32);
    assertThat(model.table().lines().map(line -> line.trim().replaceAll(" +", " ")))
        .containsExactly(
            "kind d m members bytes update apply renewal",
            "h:centred [0..2) of 5 5 2 1 16 48 48 88",
            "h:centred [2..5) of 5 5 3 1 36 108 108 297",
            "invariant [0..2) of 5 1 2 1 16 8 8 88",
            "invariant [2..5) of 5 1 3 1 36 18 18 297",
            "all, with splitting 104 272 422 770",
            "bytes moved " + figures(model, Cost::movedBytes),
            "bytes held while at work " + figures(model, Cost::workingBytes));
  }

  private static String figures(final CostModel model, final Function<Cost, Long> figure) {
    return "%d %d %d"
        .formatted(
            figure.apply(model.update()),
            figure.apply(model.apply()),
            figure.apply(model.renewal()));
  }

  @Test
  void otherTypesAreRefused() {
    final KindDecomposition kinds = layer(GroupType.PERMUTATION, 3);
    assertThatThrownBy(() -> new CostModel(kinds, DataType.INT32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("int32");
  }
}
