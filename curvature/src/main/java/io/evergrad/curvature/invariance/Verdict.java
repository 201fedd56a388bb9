/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.invariance;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** What an invariance check found. */
public sealed interface Verdict {

  /**
   * Returns if the declaration holds.
   *
   * @throws IllegalArgumentException saying what is wrong if it was refused
   */
  void orThrow();

  /**
   * Every element that was tried left the loss alone.
   *
   * @param deviations for each group, by id, the largest change of the loss, relative
   * @param together the same, with an element of every group at once
   * @param tolerance what was allowed
   */
  record Accepted(SortedMap<String, Double> deviations, double together, double tolerance)
      implements Verdict {

    /** Copies the deviations. */
    public Accepted {
      deviations = Collections.unmodifiableSortedMap(new TreeMap<>(deviations));
    }

    @Override
    public void orThrow() {
      // Holds.
    }
  }

  /**
   * The declaration is wrong, or the loss cannot tell.
   *
   * @param reason what was wrong, where, what was expected and what to do
   * @param faults one a group that changes the loss; none if the loss cannot tell
   */
  record Refused(String reason, List<Fault> faults) implements Verdict {

    /** Copies the faults. */
    public Refused {
      faults = List.copyOf(faults);
    }

    @Override
    public void orThrow() {
      throw new IllegalArgumentException(reason);
    }
  }
}
