/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store;

/**
 * A published version.
 *
 * @param number its number within the model, at least 1
 * @param content what it holds
 */
public record ModelVersion(long number, ModelContent content) {}
