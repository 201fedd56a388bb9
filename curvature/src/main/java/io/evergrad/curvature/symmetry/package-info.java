/* SPDX-License-Identifier: Apache-2.0 */
/** Declarations: which groups act on which axes of which tensors. */
package io.evergrad.curvature.symmetry;
