/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

/** Answers experiments: by carrying them out, by recalling them, or by only counting them. */
@FunctionalInterface
public interface Laboratory {

  /**
   * The outcome of an experiment, when it is there. Thread-safe.
   *
   * @param name what tells of it call it
   * @throws Exception if there is none; diverging is an outcome
   */
  Logged run(String name, Experiment experiment) throws Exception;
}
