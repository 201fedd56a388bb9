/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.symmetry;

import java.util.Arrays;
import java.util.Locale;

/** How a group acts on an axis of n units. All actions are orthogonal. */
public enum GroupType {
  /** Nothing moves: the axis is as good as free. */
  IDENTITY,
  /** S_n: units change places. Exact for any hidden layer. */
  PERMUTATION,
  /** Units change places and flip sign. Exact for odd activations. */
  SIGNED_PERMUTATION,
  /** Units flip sign, each by itself: finer and costlier than signed permutations. */
  SIGN_FLIPS,
  /** O(n): units rotate into each other. Exact between linear maps. */
  ORTHOGONAL;

  /** The name in declarations: lower case, words joined by hyphens. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The type of that label.
   *
   * @throws IllegalArgumentException naming the known labels if there is none
   */
  public static GroupType of(final String label) {
    return Arrays.stream(values())
        .filter(type -> type.label().equals(label))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown group type '"
                        + label
                        + "': expected one of "
                        + Arrays.stream(values()).map(GroupType::label).toList()));
  }
}
