/* SPDX-License-Identifier: Apache-2.0 */
/** Formats of what is checkpointed and of what crosses from one operator to another. */
package io.evergrad.operators.state;
