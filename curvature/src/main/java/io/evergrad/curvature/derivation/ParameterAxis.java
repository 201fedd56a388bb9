/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.derivation;

import ai.djl.nn.Parameter;

/** An axis of a parameter; parameters are told apart by identity. */
record ParameterAxis(Parameter parameter, int axis) {}
