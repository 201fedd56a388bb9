/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Everything that a learner needs to go on, bit for bit, from where it was: plain values, so that
 * it can be checkpointed, published and compared without the engine.
 *
 * @param steps optimiser steps taken
 * @param examples examples learned
 * @param tasks tasks consolidated
 * @param taskExamples examples learned since the last consolidation
 * @param parameters θ, by tensor name ("layer1.weight")
 * @param preconditioner the learning rule's state: momenta, moving second moments, roots, and the
 *     parameters' moving average
 * @param precision the protection's state: Λ, μ and the running Fisher
 */
public record LearnerSnapshot(
    long steps,
    long examples,
    long tasks,
    long taskExamples,
    SortedMap<String, HostTensor> parameters,
    SortedMap<String, HostTensor> preconditioner,
    SortedMap<String, HostTensor> precision) {

  /** What the name of a parameter's moving average has before the parameter's, among the rule's. */
  static final String AVERAGE = "average.";

  /** Copies the maps; the tensors are shared. */
  public LearnerSnapshot {
    parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
    preconditioner = Collections.unmodifiableSortedMap(new TreeMap<>(preconditioner));
    precision = Collections.unmodifiableSortedMap(new TreeMap<>(precision));
  }

  /** What predicts: the parameters' moving average, or θ where none is kept; by tensor name. */
  public SortedMap<String, HostTensor> model() {
    final SortedMap<String, HostTensor> model = new TreeMap<>();
    parameters.forEach(
        (name, theta) -> model.put(name, preconditioner.getOrDefault(AVERAGE + name, theta)));
    return model;
  }
}
