/* SPDX-License-Identifier: Apache-2.0 */
/** Versions in the model store, exactly once. */
package io.evergrad.operators.publication;
