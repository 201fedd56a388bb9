/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import ai.djl.ndarray.NDArray;

/** An approximation of a symmetric matrix, over all parameters or over those of one layer. */
interface Curvature {

  /** Numbers that it keeps; symmetric matrices are kept whole. */
  long elements();

  /** The matrix, rows and columns in the order of the leaves. */
  NDArray dense();
}
