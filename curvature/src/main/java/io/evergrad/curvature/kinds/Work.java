/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.kinds;

/**
 * What it takes to split a vector into kinds, or to put it together again, to leading order: sums
 * over an axis and additions of arrays count, numbers made from the lengths alone do not.
 *
 * @param operations additions and multiplications of one element
 * @param elements elements read and written
 */
public record Work(long operations, long elements) {
  static final Work NONE = new Work(0, 0);

  /** Both. */
  Work plus(final Work other) {
    return new Work(operations + other.operations, elements + other.elements);
  }
}
