/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cost;

import java.awt.Color;
import java.io.IOException;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;

/** Milliseconds a step over the width of the network. */
public final class CostChart {
  private CostChart() {}

  /** As PNG, for one batch size. */
  public static byte[] png(final CostResult result, final int batch) throws IOException {
    final XYChart chart =
        new XYChartBuilder()
            .width(760)
            .height(440)
            .title("A step at batch " + batch)
            .xAxisTitle("width of both hidden layers")
            .yAxisTitle("milliseconds")
            .build();
    chart.getStyler().setXAxisLogarithmic(true);
    chart.getStyler().setYAxisLogarithmic(true);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
    final Map<String, List<CostRow>> series =
        result.rows().stream()
            .filter(row -> row.subject().batch() == batch)
            .sorted(Comparator.comparingInt(row -> row.subject().width()))
            .collect(
                Collectors.groupingBy(
                    row -> row.subject().label(), LinkedHashMap::new, Collectors.toList()));
    series.forEach(
        (label, rows) ->
            chart.addSeries(
                label,
                rows.stream().mapToDouble(row -> row.subject().width()).toArray(),
                rows.stream().mapToDouble(CostRow::milliseconds).toArray()));
    return ChartEncoder.getBytes(chart, "png");
  }
}
