/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.peers;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What came of a trial.
 *
 * @param accuracy mean accuracy over all tasks at the end, in [0, 1]
 * @param accuracies of each task at the end
 * @param forgetting mean, over all tasks but the last, of the best accuracy before the end minus
 *     the one at the end; 0 with one task
 * @param firstLoss mean loss of the first 100 steps, in nats; NaN where not measured
 * @param examplesPerSecond by the wall clock
 */
public record Figures(
    double accuracy,
    List<Double> accuracies,
    double forgetting,
    double firstLoss,
    double examplesPerSecond) {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Copies the list. */
  public Figures {
    accuracies = List.copyOf(accuracies);
  }

  /**
   * Reads what a peer's script printed: its last line.
   *
   * @param script to name in the exception
   * @throws IOException if that line is not JSON or lacks a figure
   */
  static Figures parse(final String script, final String output) throws IOException {
    final List<String> lines = output.lines().filter(line -> !line.isBlank()).toList();
    if (lines.isEmpty()) {
      throw new IOException(script + " printed nothing: expected a line of JSON");
    }
    final String line = lines.get(lines.size() - 1);
    try {
      final JsonNode json = JSON.readTree(line);
      final JsonNode matrix = json.path("accuracies");
      final List<Double> last = new ArrayList<>();
      matrix.path(matrix.size() - 1).forEach(accuracy -> last.add(accuracy.doubleValue()));
      return new Figures(
          number(script, json, "accuracy"),
          last,
          json.path("forgetting").asDouble(0),
          number(script, json, "first_loss"),
          number(script, json, "examples_per_second"));
    } catch (final JsonProcessingException e) {
      throw new IOException(
          script + " printed \"" + line + "\": expected JSON: " + e.getOriginalMessage(), e);
    }
  }

  private static double number(final String script, final JsonNode json, final String name)
      throws IOException {
    if (!json.path(name).isNumber()) {
      throw new IOException(script + " printed " + json + ": expected a number " + name);
    }
    return json.get(name).doubleValue();
  }
}
