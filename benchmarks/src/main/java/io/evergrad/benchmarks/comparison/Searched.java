/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

import io.evergrad.benchmarks.experiment.Logged;
import java.util.List;

/**
 * What a search found.
 *
 * @param key of the setting
 * @param tried all values, in order
 * @param best the value chosen
 * @param extensions how often it went on beyond the grid
 * @param edge whether the best is at an edge of what was tried
 */
public record Searched(String key, List<Tried> tried, double best, int extensions, boolean edge) {

  /** A value and what came of it. */
  public record Tried(double value, Logged logged) {}

  /** Copies the list. */
  public Searched {
    tried = List.copyOf(tried);
  }
}
