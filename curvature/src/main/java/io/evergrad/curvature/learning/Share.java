/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import java.util.Collections;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What one of several learners has learned since it last handed in.
 *
 * @param steps steps taken since then
 * @param examples n, the examples learned since then; at least 1
 * @param progress Δθ since then, by tensor name
 * @param averages the learning rule's moving averages now
 */
public record Share(
    long steps, long examples, SortedMap<String, HostTensor> progress, Averages averages) {

  /**
   * Copies the map; the tensors are shared.
   *
   * @throws IllegalArgumentException if nothing was learned
   */
  public Share {
    Objects.requireNonNull(averages, "averages");
    progress = Collections.unmodifiableSortedMap(new TreeMap<>(progress));
    if (steps < 1 || examples < 1) {
      throw new IllegalArgumentException(
          steps + " steps, " + examples + " examples: expected at least 1 of each");
    }
  }

  /** This share and the same learner's next one together: Δθ adds up, the averages are the next. */
  public Share plus(final Share next) {
    return new Share(
        steps + next.steps,
        examples + next.examples,
        TensorSums.plus(progress, next.progress),
        next.averages);
  }
}
