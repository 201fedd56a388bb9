/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Methods beside each other: a catalogue of tables says which methods meet on which stream; each is
 * tuned on a validation split, run for every seed, and judged by the bars of its table.
 */
package io.evergrad.benchmarks.comparison;
