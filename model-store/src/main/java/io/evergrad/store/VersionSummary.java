/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store;

/**
 * A published version without its tensors.
 *
 * @param number its number within the model, at least 1
 * @param manifest what it is
 */
public record VersionSummary(long number, Manifest manifest) {}
