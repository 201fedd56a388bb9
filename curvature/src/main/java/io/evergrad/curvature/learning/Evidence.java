/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import java.util.Map;
import java.util.SortedMap;

/**
 * What a running Fisher and a precision stand on: samples taken in this task, and ΣN, the examples
 * of the tasks before it, discounted by γ. Mutable.
 */
final class Evidence {
  /** Decay of the Fisher's moving average within a task. */
  static final double FISHER_DECAY = 0.95;

  private long samples;
  private double weight;

  /** Counts a sample; it enters the average by {@code 1 - }{@value #FISHER_DECAY}. */
  void sampled() {
    samples++;
  }

  /** Whether this task has left a sample. */
  boolean any() {
    return samples > 0;
  }

  /**
   * Ends a task.
   *
   * @param examples N
   * @param retention γ
   * @return what the running Fisher is multiplied by to give N·F, free of its start at zero
   */
  double consolidate(final long examples, final double retention) {
    final double factor = factor(examples, samples);
    add(examples, retention);
    return factor;
  }

  /** What a running Fisher of so many samples is multiplied by to give N·F. */
  static double factor(final long examples, final long samples) {
    return examples / (1 - Math.pow(FISHER_DECAY, samples));
  }

  /** Ends a task of N examples: ΣN ← γΣN + N, and no samples. */
  void add(final long examples, final double retention) {
    weight = weight * retention + examples;
    samples = 0;
  }

  /** Samples of this task. */
  long samples() {
    return samples;
  }

  /** Forgets the samples of this task. */
  void forgetSamples() {
    samples = 0;
  }

  /** Takes another's ΣN. */
  void weight(final double other) {
    weight = other;
  }

  /** ΣN; 0 until a task has ended. */
  double weight() {
    return weight;
  }

  void writeTo(final SortedMap<String, HostTensor> state) {
    state.put("samples", TensorCopies.ofLong(samples));
    state.put("weight", TensorCopies.ofDouble(weight));
  }

  void readFrom(final Map<String, HostTensor> state) {
    samples = TensorCopies.longAt(state, "samples");
    weight = TensorCopies.doubleAt(state, "weight");
  }
}
