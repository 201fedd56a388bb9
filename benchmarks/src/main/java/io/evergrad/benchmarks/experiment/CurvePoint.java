/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

/**
 * A point of a learning curve.
 *
 * @param examples learned so far
 * @param accuracy mean accuracy over the tasks held out so far, in [0, 1]
 */
public record CurvePoint(long examples, double accuracy) {}
