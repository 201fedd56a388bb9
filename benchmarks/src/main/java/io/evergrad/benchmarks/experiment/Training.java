/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import io.evergrad.operators.evaluation.AccuracyMatrix;
import java.util.List;

/**
 * What was measured while a network learned a stream.
 *
 * @param matrix evaluations after each task
 * @param earlyLoss mean loss over the first {@link LoopTrainer#EARLY_STEPS} steps, each before the
 *     step; NaN if there were fewer
 * @param curve accuracies on the way
 * @param examples that were learned
 * @param learningSeconds of the processor that steps and consolidations took
 */
public record Training(
    AccuracyMatrix matrix,
    double earlyLoss,
    List<CurvePoint> curve,
    long examples,
    double learningSeconds) {}
