/* SPDX-License-Identifier: Apache-2.0 */
/** The truth about each model: rounds to publish and to evaluate. */
package io.evergrad.operators.consolidation;
