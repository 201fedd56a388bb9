/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The harness: an experiment is a method on a stream with a seed; it is carried out in a loop; a
 * log keeps its outcome.
 */
package io.evergrad.benchmarks.experiment;
