/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Matrices that commute with a group, one block a kind: averages, operations, and what they cost.
 * Uses {@code kinds} and {@code linalg}.
 */
package io.evergrad.curvature.blocks;
