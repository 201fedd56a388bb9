/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

/**
 * An experiment that was carried out.
 *
 * @param experiment what was tried
 * @param data digest of the images and labels of its split
 * @param code digest of the code that carried it out
 * @param machine what it ran on, in one line
 * @param outcome what came of it
 */
public record Logged(
    Experiment experiment, String data, String code, String machine, Outcome outcome) {}
