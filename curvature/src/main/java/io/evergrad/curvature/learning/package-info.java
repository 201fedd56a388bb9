/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Learning rules, protections, and the learner that puts them together. Uses {@code network} and
 * what is below it.
 */
package io.evergrad.curvature.learning;
