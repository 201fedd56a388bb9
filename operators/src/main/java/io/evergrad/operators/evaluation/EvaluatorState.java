/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.evaluation;

import io.evergrad.operators.consolidation.EvaluationRequest;
import io.evergrad.operators.metrics.Evaluation;

/** One entry of the Evaluator's state. */
sealed interface EvaluatorState {

  /** A task's held-out examples. */
  record Sample(HeldOutSample.State state) implements EvaluatorState {}

  /** A model that waits for held-out examples. */
  record Waiting(EvaluationRequest request) implements EvaluatorState {}

  /** An evaluation done: an entry of the accuracy matrix. */
  record Done(Evaluation evaluation) implements EvaluatorState {}
}
