/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import io.evergrad.jobs.stream.TaskStream;

/** What streams are made of. Thread-safe. */
public interface Material {

  /**
   * Tells what a definition's stream is made of from all else, as 16 hexadecimal digits: the whole
   * split, however much of it the definition takes.
   */
  String digest(Split split, StreamDefinition definition);

  /**
   * The tasks of a definition, one after the other.
   *
   * @param seed of everything drawn
   * @throws IllegalArgumentException if the definition does not fit
   */
  TaskStream stream(Split split, StreamDefinition definition, long seed);
}
