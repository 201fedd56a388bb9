/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

/**
 * Everything that an outcome depends on, so that equal experiments have the same outcome: what is
 * logged by one need not run again.
 *
 * @param method how to learn
 * @param seed of the stream, of the initial parameters and of the sampled labels
 * @param split what is learned and what is judged by
 * @param data digest of the images and labels of the split
 * @param stream which tasks they are made into
 * @param through what carries it out
 * @param code digest of the code
 */
public record Experiment(
    Method method,
    long seed,
    Split split,
    String data,
    StreamDefinition stream,
    Through through,
    String code) {}
