/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/**
 * A symmetric matrix by its eigenvectors: scale · U diag(s) Uᵀ.
 *
 * @param basis U, n × n, float32
 * @param values s, n of them, float64
 * @param scale what all is multiplied by
 */
record SpectralFactor(NDArray basis, NDArray values, double scale) {

  /** The same, multiplied. */
  SpectralFactor times(final double factor) {
    return new SpectralFactor(basis, values, scale * factor);
  }

  /** This times X, n × k, float32. */
  NDArray times(final NDArray x) {
    final NDArray gains = values.mul(scale).toType(DataType.FLOAT32, false);
    return basis.matMul(basis.transpose().matMul(x).mul(gains.reshape(new Shape(-1, 1))));
  }

  double trace() {
    return scale * values.sum().toDoubleArray()[0];
  }

  /** n × n, float32. */
  NDArray matrix() {
    return times(basis.getManager().eye((int) values.size()));
  }
}
