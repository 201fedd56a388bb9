/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;

/** Takes a moving average by its name. */
@FunctionalInterface
interface AverageVisitor {

  /**
   * @param decay of the average, which begins at zero; 0 for a sum that needs no correction for
   *     that
   */
  void visit(String name, NDArray array, double decay);
}
