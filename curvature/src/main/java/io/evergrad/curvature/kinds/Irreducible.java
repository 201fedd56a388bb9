/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.kinds;

import io.evergrad.curvature.symmetry.Group;
import java.util.List;

/** The irreducible parts that an axis of n units splits into. */
public enum Irreducible {
  /** The mean of the units, which a permutation leaves alone; dimension 1. */
  MEAN,
  /** What is left when the mean is taken out; dimension n − 1. */
  CENTRED,
  /** The whole axis, under a group that leaves no direction alone; dimension n. */
  VECTOR;

  /** The parts of an axis under a group; none of dimension 0. */
  static List<Irreducible> partsOf(final Group group) {
    return switch (group.type()) {
      case PERMUTATION -> group.size() == 1 ? List.of(MEAN) : List.of(MEAN, CENTRED);
      case SIGNED_PERMUTATION, ORTHOGONAL -> List.of(VECTOR);
      case IDENTITY -> List.of();
    };
  }

  /** Dimension on an axis of n units. */
  int dimension(final int n) {
    return switch (this) {
      case MEAN -> 1;
      case CENTRED -> n - 1;
      case VECTOR -> n;
    };
  }
}
