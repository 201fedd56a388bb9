/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import io.evergrad.jobs.stream.Scenario;
import java.util.Objects;

/**
 * Which stream of tasks a data set is made into.
 *
 * @param scenario how the tasks differ
 * @param tasks number of tasks
 * @param examplesPerTask examples to learn of each task; 0: all of them, once
 */
public record StreamDefinition(Scenario scenario, int tasks, int examplesPerTask) {

  /** Refuses what is missing; the stream itself checks the numbers. */
  public StreamDefinition {
    Objects.requireNonNull(scenario, "scenario");
  }
}
