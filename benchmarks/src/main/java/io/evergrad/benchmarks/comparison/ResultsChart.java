/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

import io.evergrad.benchmarks.experiment.CurvePoint;
import io.evergrad.benchmarks.experiment.Logged;
import io.evergrad.benchmarks.measure.Median;
import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** A table as a picture: what is kept over what is forgotten, or over speed, or learning curves. */
final class ResultsChart {
  private static final Color OURS = new Color(0x1f, 0x7a, 0x4d);
  private static final Color GREY = new Color(0x77, 0x77, 0x77);
  private static final List<Color> OTHERS =
      List.of(
          new Color(0xb3, 0x4a, 0x22),
          new Color(0x8a, 0x4f, 0xa3),
          new Color(0x2b, 0x5c, 0xa8),
          new Color(0xc4, 0x8a, 0x12),
          new Color(0x1a, 0x8f, 0x96),
          new Color(0x9c, 0x2d, 0x55),
          new Color(0x5e, 0x6b, 0x1e));
  private static final List<Marker> MARKERS =
      List.of(
          SeriesMarkers.CIRCLE,
          SeriesMarkers.SQUARE,
          SeriesMarkers.TRIANGLE_UP,
          SeriesMarkers.DIAMOND);

  private ResultsChart() {}

  /**
   * As PNG: learning curves where the table has them, else the criterion over forgetting, or, of
   * one task, over speed.
   */
  static byte[] png(final TableResult result) throws IOException {
    final Table table = result.table();
    final boolean curves = table.curveInterval() > 0;
    final Figure across = across(table);
    final XYChart chart =
        new XYChartBuilder()
            .width(860)
            .height(480)
            .title(table.title())
            .xAxisTitle(curves ? "examples learned" : across.label())
            .yAxisTitle(curves ? "test accuracy" : table.criterion().label())
            .build();
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
    chart.getStyler().setMarkerSize(9);
    chart
        .getStyler()
        .setDefaultSeriesRenderStyle(
            curves ? XYSeries.XYSeriesRenderStyle.Line : XYSeries.XYSeriesRenderStyle.Scatter);
    if (curves) {
      chart.getStyler().setYAxisMin(0.6).setYAxisMax(0.92);
    }
    final Map<Color, Integer> dots = new HashMap<>();
    int others = 0;
    for (final Row row : result.rows()) {
      final XYSeries series =
          curves ? curve(chart, row) : dot(chart, row, across, table.criterion());
      if (series == null) {
        continue;
      }
      final Color colour =
          switch (row.contender().role()) {
            case OURS, OURS_REPLAY -> OURS;
            case BOUND -> GREY;
            case BASELINE, REPLAY -> OTHERS.get(others++ % OTHERS.size());
          };
      series.setLineColor(colour);
      series.setMarkerColor(colour);
      series.setLineStyle(line(row.contender()));
      final int nth = dots.merge(colour, 1, Integer::sum) - 1;
      series.setMarker(curves ? SeriesMarkers.NONE : MARKERS.get(nth % MARKERS.size()));
    }
    return ChartEncoder.getBytes(chart, "png");
  }

  /** Ours are bold; what was not tuned is dashed. */
  private static BasicStroke line(final Contender contender) {
    final float width = contender.role() == Role.OURS ? 2.4f : 1.2f;
    return contender.tunes() == Contender.Tuning.NOTHING
        ? new BasicStroke(
            width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_BEVEL, 1f, new float[] {6f, 4f}, 0f)
        : new BasicStroke(width);
  }

  /** The median over the seeds at each point; nothing of a method that diverged. */
  private static XYSeries curve(final XYChart chart, final Row row) {
    final List<List<CurvePoint>> curves =
        row.reported().values().stream().map(Logged::outcome).map(o -> o.curve()).toList();
    final int points = curves.stream().mapToInt(List::size).min().orElse(0);
    if (points == 0) {
      return null;
    }
    final double[] examples = new double[points];
    final double[] accuracies = new double[points];
    for (int i = 0; i < points; i++) {
      final int at = i;
      examples[i] = curves.get(0).get(i).examples();
      accuracies[i] =
          Median.of(curves.stream().mapToDouble(curve -> curve.get(at).accuracy()).toArray());
    }
    return chart.addSeries(row.contender().label(), examples, accuracies);
  }

  private static Figure across(final Table table) {
    if (table.stream().tasks() == 1) {
      return Figure.EXAMPLES_PER_SECOND;
    }
    return table.stream().texts() ? Figure.LOSS_INCREASE : Figure.FORGETTING;
  }

  private static XYSeries dot(
      final XYChart chart, final Row row, final Figure across, final Figure upward) {
    final double x = row.median(across);
    final double y = row.median(upward);
    return Double.isNaN(y)
        ? null
        : chart.addSeries(row.contender().label(), new double[] {x}, new double[] {y});
  }
}
