/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.kinds;

import io.evergrad.curvature.symmetry.Group;

/**
 * The irreducible representations that one axis, or two axes of one tensor, of n units split into.
 *
 * <p>Two of the constants stand for a family of one-dimensional representations, no two of which
 * are the same: {@link #UNIT} and {@link #PAIR}.
 */
public enum Irreducible {
  /** Left alone by every element; dimension 1. */
  TRIVIAL,
  /** Permutations: units without their mean; dimension n − 1. */
  CENTRED,
  /** Signed permutations and rotations: the whole axis; dimension n. */
  VECTOR,
  /** Signed permutations: squares of units without their mean; dimension n − 1. */
  DIAGONAL,
  /** Symmetric matrices, as far as no other part holds them. */
  SYMMETRIC,
  /** Antisymmetric matrices, as far as no other part holds them. */
  ANTISYMMETRIC,
  /** Sign flips: n representations, each a unit that changes its own sign. */
  UNIT,
  /** Sign flips: n(n − 1)/2 representations, each a product of two different units. */
  PAIR;

  /** Dimension under a group, of each member of a family; 0 if the group has no such part. */
  int dimension(final Group group) {
    final long n = group.size();
    return Math.toIntExact(
        switch (this) {
          case TRIVIAL, UNIT, PAIR -> 1;
          case CENTRED, DIAGONAL -> n - 1;
          case VECTOR -> n;
          case SYMMETRIC ->
              switch (group.type()) {
                case PERMUTATION -> Math.max(0, n * (n - 3) / 2);
                case SIGNED_PERMUTATION -> n * (n - 1) / 2;
                case ORTHOGONAL -> n * (n + 1) / 2 - 1;
                case SIGN_FLIPS, IDENTITY -> 0;
              };
          case ANTISYMMETRIC ->
              switch (group.type()) {
                case PERMUTATION -> Math.max(0, (n - 1) * (n - 2) / 2);
                case SIGNED_PERMUTATION, ORTHOGONAL -> n * (n - 1) / 2;
                case SIGN_FLIPS, IDENTITY -> 0;
              };
        });
  }

  /**
   * Coordinates in which a member of it is written: the dimension, or more where that is simpler.
   */
  long coordinates(final Group group) {
    final long n = group.size();
    return switch (this) {
      case TRIVIAL, UNIT, PAIR -> 1;
      case CENTRED, VECTOR, DIAGONAL -> n;
      case SYMMETRIC, ANTISYMMETRIC -> Math.multiplyExact(n, n);
    };
  }

  /** How many representations the constant stands for. */
  int members(final Group group) {
    final long n = group.size();
    return switch (this) {
      case UNIT -> group.size();
      case PAIR -> Math.toIntExact(n * (n - 1) / 2);
      default -> 1;
    };
  }

  /** Whether it stands for a family. */
  boolean family() {
    return this == UNIT || this == PAIR;
  }
}
