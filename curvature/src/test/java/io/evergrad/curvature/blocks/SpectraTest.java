/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.blocks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.linalg.LinearAlgebra;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpectraTest {
  private final NDManager manager = NDManager.newBaseManager();
  private final LinearAlgebra algebra = new LinearAlgebra();

  @AfterEach
  void close() {
    algebra.close();
    manager.close();
  }

  @Test
  void invertsTheRootOfADiagonalMatrix() {
    final NDArray block = manager.create(new double[] {4, 0, 0, 9}, new Shape(2, 2));

    final Spectra.DampedPower power = Spectra.dampedPower(algebra, block, -0.5, 1e-15);

    assertThat(power.value().toDoubleArray())
        .containsExactly(new double[] {1 / 2.0, 0, 0, 1 / 3.0}, within(1e-12));
    assertThat(power.retries()).isZero();
    assertThat(power.value().getManager()).isSameAs(manager);
  }

  /** Eigenvalues 1 and 3 with eigenvectors (1, −1)/√2 and (1, 1)/√2. */
  @ParameterizedTest
  @ValueSource(doubles = {-1, -0.5, -0.25, 0.5, 1})
  void dampsRelativeToTheLargestEigenvalue(final double p) {
    final NDArray block = manager.create(new double[] {2, 1, 1, 2}, new Shape(2, 2));
    final double damping = 0.1;
    final double small = Math.pow(1 + damping * 3, p);
    final double large = Math.pow(3 + damping * 3, p);
    final double on = (large + small) / 2;
    final double off = (large - small) / 2;

    assertThat(Spectra.dampedPower(algebra, block, p, damping).value().toDoubleArray())
        .containsExactly(new double[] {on, off, off, on}, within(1e-13));
  }

  @Test
  void clipsEigenvaluesBelowZero() {
    final NDArray block = manager.create(new double[] {4, 0, 0, -1e-9}, new Shape(2, 2));

    assertThat(Spectra.dampedPower(algebra, block, -0.5, 0.25).value().toDoubleArray())
        .containsExactly(new double[] {1 / Math.sqrt(5), 0, 0, 1}, within(1e-12));
  }

  @Test
  void keepsTheTypeOfTheBlock() {
    final NDArray block = manager.create(new float[] {4, 0, 0, 9}, new Shape(2, 2));

    final NDArray value = Spectra.dampedPower(algebra, block, 0.5, 1e-12).value();

    assertThat(value.getDataType()).isEqualTo(DataType.FLOAT32);
    assertThat(value.toFloatArray()).containsExactly(new float[] {2, 0, 0, 3}, within(1e-6f));
  }

  @Test
  void leavesAZeroBlockZero() {
    final NDArray block = manager.zeros(new Shape(3, 3));

    final Spectra.DampedPower power = Spectra.dampedPower(algebra, block, -0.5, 1e-4);

    assertThat(power.value().toFloatArray()).containsOnly(0f).hasSize(9);
    assertThat(power.retries()).isZero();
  }

  @Test
  void raisesTheDampingUntilTheResultIsFinite() {
    final NDArray block = manager.create(new double[] {1, 0, 0, 0}, new Shape(2, 2));

    final Spectra.DampedPower power = Spectra.dampedPower(algebra, block, -100, 1e-4);

    assertThat(power.retries()).isEqualTo(1);
    assertThat(power.value().toDoubleArray()[3])
        .isCloseTo(Math.pow(1e-2, -100), within(Math.pow(1e-2, -100) * 1e-9));
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY})
  void refusesABlockThatIsNotFinite(final double bad) {
    final NDArray onDiagonal = manager.create(new double[] {1, 0, 0, bad}, new Shape(2, 2));
    final NDArray offDiagonal = manager.create(new double[] {1, bad, bad, 1}, new Shape(2, 2));

    for (final NDArray block : new NDArray[] {onDiagonal, offDiagonal}) {
      assertThatThrownBy(() -> Spectra.dampedPower(algebra, block, -0.5, 1e-4))
          .isInstanceOf(ArithmeticException.class)
          .hasMessageContaining("not finite")
          .hasMessageContaining("(2, 2)");
    }
  }
}
