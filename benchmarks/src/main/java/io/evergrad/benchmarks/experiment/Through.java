/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

/** What carries experiments out. Both give the same accuracies. */
public enum Through {
  /** A loop in this thread over the stream's records. */
  LOOP(new LoopTrainer()),
  /** Kafka and Flink, as the demo runs them. */
  JOB(new JobTrainer());

  private final Trainer trainer;

  Through(final Trainer trainer) {
    this.trainer = trainer;
  }

  /** The trainer. */
  public Trainer trainer() {
    return trainer;
  }
}
