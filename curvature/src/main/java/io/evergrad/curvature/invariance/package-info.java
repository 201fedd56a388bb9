/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Whether a declared symmetry is one: random elements A of its groups must leave the loss alone,
 * L(Aθ) = L(θ). {@link io.evergrad.curvature.invariance.InvarianceCheck} tries them on the user's
 * own loss, and says which axis of which tensor is at fault where they do not. Uses the declaration
 * ({@code symmetry}) and nothing of what computes curvature. Derived in docs/mathematics.md,
 * "Checking a declaration".
 */
package io.evergrad.curvature.invariance;
