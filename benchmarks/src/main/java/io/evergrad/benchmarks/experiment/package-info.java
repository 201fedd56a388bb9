/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The harness: an experiment is a method on a stream with a seed; a trainer carries it out; a log
 * keeps its outcome.
 */
package io.evergrad.benchmarks.experiment;
