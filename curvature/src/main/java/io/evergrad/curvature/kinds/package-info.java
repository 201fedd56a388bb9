/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How a parameter vector splits into kinds, and its analysis and synthesis. Uses {@code symmetry}.
 */
package io.evergrad.curvature.kinds;
