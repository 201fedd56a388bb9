/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.linalg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;

class LinearAlgebraTest {

  @Test
  void decomposesAMatrixWhoseSpectrumIsKnown() {
    try (NDManager manager = NDManager.newBaseManager();
        LinearAlgebra algebra = new LinearAlgebra()) {
      final NDArray matrix = manager.create(new double[] {2, 1, 1, 2}, new Shape(2, 2));

      final LinearAlgebra.Spectrum spectrum = algebra.eigh(matrix);

      assertThat(spectrum.values().toDoubleArray())
          .containsExactly(new double[] {1, 3}, within(1e-14));
      final NDArray q = spectrum.vectors();
      final NDArray rebuilt = q.mul(spectrum.values()).matMul(q.transpose());
      assertThat(rebuilt.toDoubleArray()).containsExactly(new double[] {2, 1, 1, 2}, within(1e-14));
    }
  }

  @Test
  void orthonormalisesColumnsInTheirOrder() {
    try (NDManager manager = NDManager.newBaseManager();
        LinearAlgebra algebra = new LinearAlgebra()) {
      final NDArray matrix = manager.create(new double[] {3, 1, 4, 1}, new Shape(2, 2));

      final NDArray q = algebra.orthonormal(matrix);

      assertThat(q.transpose().matMul(q).toDoubleArray())
          .containsExactly(new double[] {1, 0, 0, 1}, within(1e-14));
      final double[] r = q.transpose().matMul(matrix).toDoubleArray();
      assertThat(Math.abs(r[0])).isCloseTo(5, within(1e-14));
      assertThat(r[2]).isCloseTo(0, within(1e-14));
    }
  }
}
