/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

/**
 * What one step saw, measured before it changed the parameters (test, then train), and how it went.
 *
 * @param examples examples in the micro-batch
 * @param predictions what the network predicted of them: one an example, or one for each token
 * @param correct how many of the predictions were right, before learning
 * @param loss mean cross-entropy of a prediction before the step, in nats
 * @param dampingRetries how often damping had to grow before a curvature's power was finite
 */
public record StepResult(
    int examples, int predictions, int correct, double loss, int dampingRetries) {}
