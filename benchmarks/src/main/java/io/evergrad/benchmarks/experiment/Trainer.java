/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import io.evergrad.jobs.report.ProgressLine;
import io.evergrad.jobs.stream.TaskStream;
import io.evergrad.operators.evaluation.AccuracyMatrix;

/** Trains a fresh network on a stream of tasks and evaluates it after each. Thread-safe. */
public interface Trainer {

  /**
   * Trains to the end of the stream.
   *
   * @param method how to learn
   * @param seed of the network and its learning
   * @param stream the tasks, with held-out examples
   * @param line shows how learning goes
   * @return the accuracies after each task, on the held-out examples that came until then
   * @throws DivergedException if the loss became infinite or NaN
   * @throws Exception if the method's options are refused, or what carries it out fails
   */
  AccuracyMatrix train(Method method, long seed, TaskStream stream, ProgressLine line)
      throws Exception;
}
