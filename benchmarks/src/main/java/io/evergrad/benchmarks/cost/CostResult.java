/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cost;

import java.util.List;

/**
 * All that was measured.
 *
 * @param matMulFlops flops a second of a processor in a product of float32 matrices, the median
 * @param load processes that wanted a processor before the first run
 */
public record CostResult(List<CostRow> rows, double matMulFlops, double load) {

  /** Copies the rows. */
  public CostResult {
    rows = List.copyOf(rows);
  }

  /** Time over AdamW's; NaN where that was not measured. */
  public double ratio(final CostRow row) {
    return row.milliseconds() / (row.milliseconds() - row.extra());
  }

  /** Milliseconds that the announced flops take at the speed of a product of matrices. */
  public double floor(final CostRow row) {
    return row.announcedFlops() / matMulFlops * 1e3;
  }

  /** Milliseconds beyond AdamW's over {@link #floor}. */
  public double overFloor(final CostRow row) {
    return row.extra() / floor(row);
  }
}
