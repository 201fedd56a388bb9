/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * A learning rule's moving averages: of gradients or directions, and of second moments. Each is
 * corrected for its start from zero, so that averages of learners that took different numbers of
 * steps can be averaged.
 *
 * @param steps gradients that they stand on
 * @param tensors the averages, by name
 */
public record Averages(long steps, SortedMap<String, HostTensor> tensors) {

  /** Copies the map; the tensors are shared. */
  public Averages {
    tensors = Collections.unmodifiableSortedMap(new TreeMap<>(tensors));
  }

  /**
   * A rule's moving averages, corrected.
   *
   * @param forEachAverage visits them
   */
  static Averages of(final long steps, final Consumer<AverageVisitor> forEachAverage) {
    final SortedMap<String, HostTensor> tensors = new TreeMap<>();
    forEachAverage.accept(
        (name, array, decay) ->
            tensors.put(
                name,
                TensorCopies.toHost(steps == 0 ? array : array.div(1 - Math.pow(decay, steps)))));
    return new Averages(steps, tensors);
  }

  /**
   * Overwrites a rule's moving averages, as if they had taken that many steps from zero.
   *
   * @param forEachAverage visits them
   */
  void restoreInto(final long rulesSteps, final Consumer<AverageVisitor> forEachAverage) {
    forEachAverage.accept(
        (name, array, decay) -> {
          TensorCopies.restore(array, tensors, name);
          array.muli(1 - Math.pow(decay, rulesSteps));
        });
  }

  /** Σ n_i S_i / Σ n_i, in the order of the shares; their steps are the most of any. */
  static Averages mean(final List<Share> shares) {
    return new Averages(
        shares.stream().mapToLong(share -> share.averages().steps()).max().orElse(0),
        TensorSums.mean(
            shares.stream().map(share -> share.averages().tensors()).toList(),
            shares.stream().mapToLong(Share::examples).toArray()));
  }
}
