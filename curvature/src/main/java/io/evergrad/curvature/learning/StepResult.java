/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

/**
 * What one step saw, measured before it changed the parameters (test, then train), and how it went.
 *
 * @param examples examples in the micro-batch
 * @param correct how many the network classified rightly before learning them
 * @param loss mean cross-entropy before the step, in nats
 * @param dampingRetries how often damping had to grow before a curvature's power was finite
 */
public record StepResult(int examples, int correct, double loss, int dampingRetries) {}
