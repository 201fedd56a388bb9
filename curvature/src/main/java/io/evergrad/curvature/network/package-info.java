/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Networks with declared symmetries, and the gradients of single examples in factored form. Uses
 * {@code blocks} and {@code derivation}.
 */
package io.evergrad.curvature.network;
