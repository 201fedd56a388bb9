/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.forgetting;

import io.evergrad.benchmarks.experiment.Method;
import io.evergrad.benchmarks.experiment.Outcome;

/** A method tried on the validation split. */
public record Trial(Method method, Outcome outcome) {}
