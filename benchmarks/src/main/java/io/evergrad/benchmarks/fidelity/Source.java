/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import java.util.SplittableRandom;

/** Where examples come from. */
interface Source {

  /**
   * Examples in a row-major array, with one label each.
   *
   * @param features of all examples
   * @param labels one an example; zeros where the features hold the targets
   */
  record Examples(float[] features, int[] labels) {}

  /**
   * Draws examples at random.
   *
   * @param random of the draw; the same state gives the same examples
   * @param size how many, at least 1
   */
  Examples draw(SplittableRandom random, int size);
}
