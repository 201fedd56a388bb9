/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

/**
 * What one step saw, measured before it changed the parameters (test, then train).
 *
 * @param examples examples in the micro-batch
 * @param correct how many the network classified rightly before learning them
 * @param loss mean cross-entropy before the step, in nats
 */
public record StepResult(int examples, int correct, double loss) {}
