/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.symmetry;

/**
 * A group that acts on every axis that carries its id, by the same element on all of them.
 *
 * @param type how it acts
 * @param size n, the length of those axes; at least 1
 */
public record Group(GroupType type, int size) {

  /**
   * @throws IllegalArgumentException if the size is below 1
   */
  public Group {
    if (size < 1) {
      throw new IllegalArgumentException("group size " + size + ": expected at least 1");
    }
  }
}
