/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

import java.util.List;
import java.util.Objects;

/**
 * A table with its figures.
 *
 * @param table which
 * @param contenders all methods that belong to it
 * @param rows those that were measured, in the same order
 */
public record TableResult(Table table, List<Contender> contenders, List<Row> rows) {

  /** Copies the lists. */
  public TableResult {
    Objects.requireNonNull(table, "table");
    contenders = List.copyOf(contenders);
    rows = List.copyOf(rows);
  }

  /** What comes of its bars. */
  public List<Verdict> verdicts() {
    return table.bars().stream().flatMap(bar -> bar.verdicts(this).stream()).toList();
  }
}
