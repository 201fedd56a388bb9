/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Symmetries of a tree of DJL blocks, derived: {@link
 * io.evergrad.curvature.derivation.Derivation#of} walks the known layers, ties the axes of their
 * parameters where units run through, and leaves everything else free, with the reason. Uses the
 * random elements of {@code invariance} to find out what a layer does to units.
 */
package io.evergrad.curvature.derivation;
