/* SPDX-License-Identifier: Apache-2.0 */
/** Held-out examples, the accuracy matrix and forgetting. */
package io.evergrad.operators.evaluation;
