/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.kinds;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * An isotypic component κ of the parameter vector, or a range of its copies where the whole would
 * have exceeded the block limit.
 *
 * @param irreducibles the non-trivial part by group id; empty for the invariant kind
 * @param dimension d_κ, at least 1
 * @param members how many components this stands for, alike but for which units they belong to: 1
 *     but under sign flips, where every unit, and every pair of units, is a component of its own
 * @param range its copies among those of the whole kind
 * @param copies m of the whole kind; the size of {@code range} unless split
 */
public record Kind(
    SortedMap<String, Irreducible> irreducibles,
    int dimension,
    int members,
    Range range,
    int copies) {

  /** Copies the map. */
  public Kind {
    irreducibles = Collections.unmodifiableSortedMap(new TreeMap<>(irreducibles));
  }

  /** m_κ, the side of its block, at least 1. */
  public int multiplicity() {
    return range.size();
  }

  /** Whether every group leaves it alone, so that δ vanishes on it. */
  public boolean invariant() {
    return irreducibles.isEmpty();
  }

  /** Whether it is a range of a larger kind, whose coupling to the other ranges is dropped. */
  public boolean split() {
    return range.size() < copies;
  }

  /** A name such as {@code "h1:centred h2:centred"}, or {@code "invariant"}. */
  public String label() {
    final String whole =
        invariant()
            ? "invariant"
            : irreducibles.entrySet().stream()
                .map(e -> e.getKey() + ":" + e.getValue().name().toLowerCase(java.util.Locale.ROOT))
                .collect(Collectors.joining(" "));
    return split() ? whole + " " + range + " of " + copies : whole;
  }
}
