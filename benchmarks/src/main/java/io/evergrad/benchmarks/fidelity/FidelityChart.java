/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Accuracy over cost for one family: the error of each choice over the bytes that it keeps. */
final class FidelityChart {
  private static final Color OURS = new Color(0x1f, 0x7a, 0x4d);
  private static final Color KFAC = new Color(0xb3, 0x4a, 0x22);
  private static final Color SHAMPOO = new Color(0x8a, 0x4f, 0xa3);
  private static final Color GREY = new Color(0x77, 0x77, 0x77);

  private FidelityChart() {}

  /** One dot. */
  private record Dot(double bytes, double error) {}

  /** As PNG; medians over seeds and stages. */
  static byte[] png(final FidelityResult result, final Family family) throws IOException {
    final XYChart chart =
        new XYChartBuilder()
            .width(760)
            .height(440)
            .title(family.label())
            .xAxisTitle("bytes kept")
            .yAxisTitle("relative error against the Fisher, Frobenius")
            .build();
    chart.getStyler().setXAxisLogarithmic(true);
    chart.getStyler().setYAxisMin(0.0);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setDefaultSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Line);
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
    chart.getStyler().setMarkerSize(8);
    final List<String> mixed = Arrays.stream(Budget.values()).map(Budget::label).toList();
    final List<String> known =
        List.of(Choice.KFAC_EXPAND, Choice.KFAC_REDUCE, Choice.SHAMPOO, Choice.TWO_SIDED);
    final Set<String> all = result.choices(family, Estimator.FISHER);
    final XYSeries dial =
        add(chart, result, family, "ours, the dial", mixed, OURS, SeriesMarkers.CIRCLE);
    dial.setLineStyle(new BasicStroke(1.8f));
    add(
        chart,
        result,
        family,
        "ours, one choice of groups",
        all.stream()
            .filter(name -> result.any(family, Estimator.FISHER, name).side() == Side.OURS)
            .filter(name -> !mixed.contains(name) && !known.contains(name))
            .toList(),
        OURS,
        SeriesMarkers.CROSS);
    add(chart, result, family, "K-FAC", known.subList(0, 1), KFAC, SeriesMarkers.SQUARE);
    add(chart, result, family, "K-FAC, reduce", known.subList(1, 2), KFAC, SeriesMarkers.DIAMOND);
    add(chart, result, family, "Shampoo", known.subList(2, 3), SHAMPOO, SeriesMarkers.TRIANGLE_UP);
    add(
        chart,
        result,
        family,
        "two-sided (Shampoo, −1/2)",
        known.subList(3, 4),
        SHAMPOO,
        SeriesMarkers.TRIANGLE_DOWN);
    add(
        chart,
        result,
        family,
        "identity, diagonal, whole layers",
        all.stream()
            .filter(name -> result.any(family, Estimator.FISHER, name).side() == Side.REFERENCE)
            .toList(),
        GREY,
        SeriesMarkers.CIRCLE);
    return ChartEncoder.getBytes(chart, "png");
  }

  private static XYSeries add(
      final XYChart chart,
      final FidelityResult result,
      final Family family,
      final String name,
      final List<String> choices,
      final Color colour,
      final Marker marker) {
    final List<Dot> dots =
        choices.stream()
            .map(
                choice ->
                    new Dot(
                        result.median(family, null, Estimator.FISHER, choice, Measurement::bytes),
                        result.median(
                            family, null, Estimator.FISHER, choice, m -> m.fisher().error())))
            .sorted(Comparator.comparingDouble(Dot::bytes))
            .toList();
    final XYSeries series =
        chart.addSeries(
            name,
            dots.stream().mapToDouble(Dot::bytes).toArray(),
            dots.stream().mapToDouble(Dot::error).toArray());
    series.setMarker(marker);
    series.setMarkerColor(colour);
    series.setLineColor(colour);
    series.setLineStyle(
        new BasicStroke(
            0f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_BEVEL, 1f, new float[] {0.01f, 1e4f}, 0f));
    return series;
  }

  /** A file name. */
  static String file(final Family family) {
    return "fidelity-" + family.name().toLowerCase(Locale.ROOT) + ".png";
  }
}
