/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import io.evergrad.curvature.symmetry.Leaf;

/**
 * What a tensor's axis runs over.
 *
 * @param length of the axis
 * @param group that moves it, or {@link Leaf#FREE}
 */
record Axis(int length, String group) {

  /** An axis that nothing moves. */
  static Axis free(final int length) {
    return new Axis(length, Leaf.FREE);
  }
}
