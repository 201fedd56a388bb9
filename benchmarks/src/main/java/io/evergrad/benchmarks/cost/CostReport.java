/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cost;

import io.evergrad.benchmarks.measure.Machine;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;

/** A result as Markdown and as CSV. */
public final class CostReport {
  private final CostResult result;
  private final List<CurvatureMemory> memory;
  private final String version;
  private final Machine machine;

  /**
   * A report.
   *
   * @param memory of learners, each beside the first
   */
  public CostReport(
      final CostResult result,
      final List<CurvatureMemory> memory,
      final String version,
      final Machine machine) {
    this.result = Objects.requireNonNull(result, "result");
    this.memory = List.copyOf(memory);
    this.version = Objects.requireNonNull(version, "version");
    this.machine = Objects.requireNonNull(machine, "machine");
  }

  /** For people. */
  public String markdown() {
    return "| rule | width | batch | ms a step | by the clock | over AdamW's | floor of the extra, ms | extra over floor |\n"
        + "|---|---:|---:|---:|---:|---:|---:|---:|\n"
        + result.rows().stream().map(this::line).collect(Collectors.joining())
        + "\nMatMul of float32 matrices: "
        + String.format(Locale.ROOT, "%.1f Gflop/s", result.matMulFlops() / 1e9)
        + ". Load before the first run: "
        + String.format(Locale.ROOT, "%.1f", result.load())
        + ". "
        + machine
        + ". "
        + version
        + "\n\n"
        + profiles()
        + memory();
  }

  private String memory() {
    return "\n| rule and protection | curvature, MiB | precision, MiB | both | of the first |\n"
        + "|---|---:|---:|---:|---:|\n"
        + memory.stream()
            .map(
                of ->
                    String.format(
                        Locale.ROOT,
                        "| %s | %.2f | %.2f | %.2f | %.3f |%n",
                        of.subject().label(),
                        mebibytes(of.curvature()),
                        mebibytes(of.precision()),
                        mebibytes(of.total()),
                        (double) of.total() / memory.get(0).total()))
            .collect(Collectors.joining());
  }

  private static double mebibytes(final long bytes) {
    return bytes / (1024.0 * 1024.0);
  }

  private String line(final CostRow row) {
    return String.format(
        Locale.ROOT,
        "| %s | %d | %d | %.2f | %.2f | %s | %s | %s |%n",
        row.subject().label(),
        row.subject().width(),
        row.subject().batch(),
        row.milliseconds(),
        row.wall(),
        shown(result.ratio(row)),
        shown(result.floor(row)),
        shown(result.overFloor(row)));
  }

  private static String shown(final double figure) {
    return Double.isFinite(figure) ? String.format(Locale.ROOT, "%.2f", figure) : "";
  }

  private String profiles() {
    final List<CostRow> rows =
        result.rows().stream().filter(row -> !row.profile().isEmpty()).toList();
    final StringBuilder table = new StringBuilder("| ms a step in |");
    rows.forEach(
        row ->
            table.append(
                " %s, batch %d |".formatted(row.subject().label(), row.subject().batch())));
    table.append("\n|---|").append("---:|".repeat(rows.size())).append('\n');
    for (final Phase phase : Phase.values()) {
      table.append("| ").append(phase.label()).append(" |");
      for (final CostRow row : rows) {
        final Double share = row.profile().get(phase);
        table.append(
            share == null
                ? " |"
                : String.format(Locale.ROOT, " %.2f |", share * row.milliseconds()));
      }
      table.append('\n');
    }
    return table.toString();
  }

  /** For programs: a line a subject. */
  public String csv() {
    return "rule,width,batch,periods,ms,wall_ms,extra_ms,ratio_to_adamw,announced_flops,matmul_flops_per_second\n"
        + result.rows().stream()
            .map(
                row ->
                    String.format(
                        Locale.ROOT,
                        "%s,%d,%d,%d,%.4f,%.4f,%.4f,%.4f,%.0f,%.0f%n",
                        row.subject().label(),
                        row.subject().width(),
                        row.subject().batch(),
                        row.periods(),
                        row.milliseconds(),
                        row.wall(),
                        row.extra(),
                        result.ratio(row),
                        row.announcedFlops(),
                        result.matMulFlops()))
            .collect(Collectors.joining());
  }
}
