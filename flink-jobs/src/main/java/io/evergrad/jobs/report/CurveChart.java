/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.report;

import io.evergrad.operators.metrics.Progress;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Prequential accuracy and loss over the examples learned. */
final class CurveChart {
  private CurveChart() {}

  static byte[] accuracy(final List<Progress> progress) throws IOException {
    return png(progress, "prequential accuracy", Progress::accuracy, new Color(0x1f, 0x7a, 0x4d));
  }

  static byte[] loss(final List<Progress> progress) throws IOException {
    return png(progress, "prequential loss (nats)", Progress::loss, new Color(0xb3, 0x4a, 0x22));
  }

  private static byte[] png(
      final List<Progress> progress,
      final String title,
      final ToDoubleFunction<Progress> value,
      final Color colour)
      throws IOException {
    final List<Progress> finite =
        progress.stream().filter(point -> Double.isFinite(value.applyAsDouble(point))).toList();
    final XYChart chart =
        new XYChartBuilder()
            .width(760)
            .height(280)
            .xAxisTitle("examples learned")
            .yAxisTitle(title)
            .build();
    chart.getStyler().setLegendVisible(false);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setXAxisDecimalPattern("#,##0");
    chart.getStyler().setXAxisTickMarkSpacingHint(100);
    chart.getStyler().setXAxisMin(0.0);
    chart.getStyler().setYAxisMin(0.0);
    chart.getStyler().setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
    chart.getStyler().setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
    if (!finite.isEmpty()) {
      final XYSeries series =
          chart.addSeries(
              title,
              finite.stream().mapToDouble(Progress::examples).toArray(),
              finite.stream().mapToDouble(value).toArray());
      series.setMarker(SeriesMarkers.NONE);
      series.setLineColor(colour);
      series.setLineStyle(new BasicStroke(1.8f));
    }
    return ChartEncoder.getBytes(chart, "png");
  }
}
