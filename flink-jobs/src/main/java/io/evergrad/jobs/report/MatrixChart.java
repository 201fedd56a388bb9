/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.report;

import io.evergrad.operators.evaluation.AccuracyMatrix;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.HeatMapChart;
import org.knowm.xchart.HeatMapChartBuilder;
import org.knowm.xchart.style.HeatMapStyler;

/** The accuracy matrix as a heat map: the first task's end on top, a column for each task. */
final class MatrixChart {
  /** Above this many tasks, numbers would not fit into their cells. */
  private static final int MOST_NUMBERED = 20;

  /** Light to strong, so that dark numbers stay readable on all but none. */
  private static final Color[] COLOURS = {
    new Color(0xf9, 0xc6, 0xb1),
    new Color(0xfc, 0xe0, 0xcc),
    new Color(0xfb, 0xf4, 0xe2),
    new Color(0xc9, 0xe6, 0xcd),
    new Color(0x52, 0xb7, 0x7c)
  };

  private MatrixChart() {}

  static byte[] png(final AccuracyMatrix matrix) throws IOException {
    final List<String> tasks = matrix.tasks();
    final List<String> rows = new ArrayList<>(matrix.rows());
    Collections.reverse(rows);
    final int columns = tasks.size();
    final int cell = columns > MOST_NUMBERED ? 24 : 64;
    final HeatMapChart chart =
        new HeatMapChartBuilder()
            .width(Math.max(560, 200 + cell * columns))
            .height(Math.max(420, 140 + (columns > MOST_NUMBERED ? 24 : 56) * rows.size()))
            .title("Accuracy on the held-out examples of each task (%)")
            .xAxisTitle("evaluated on task")
            .yAxisTitle("after task")
            .build();
    style(chart.getStyler(), columns <= MOST_NUMBERED);
    final double[][] values = matrix.values();
    final List<Number[]> cells = new ArrayList<>();
    for (int row = 0; row < values.length; row++) {
      for (int column = 0; column < columns; column++) {
        final double accuracy = values[values.length - 1 - row][column];
        if (!Double.isNaN(accuracy)) {
          cells.add(new Number[] {column, row, percent(accuracy)});
        }
      }
    }
    chart.addSeries("accuracy", tasks, distinct(rows), cells);
    return ChartEncoder.getBytes(chart, "png");
  }

  /** Rounded as it is in the table: the chart would round halves to even. */
  private static BigDecimal percent(final double accuracy) {
    return BigDecimal.valueOf(100 * accuracy).setScale(1, RoundingMode.HALF_UP);
  }

  private static void style(final HeatMapStyler styler, final boolean numbered) {
    styler
        .setRangeColors(COLOURS)
        .setMin(0)
        .setMax(100)
        .setShowValue(numbered)
        .setValueFont(new Font(Font.SANS_SERIF, Font.PLAIN, 14))
        .setValueFontColor(new Color(0x1b, 0x22, 0x2b))
        .setHeatMapValueDecimalPattern("0.0")
        .setDrawBorder(true);
    styler.setPlotGridLinesVisible(false);
    styler.setXAxisTickMarkSpacingHint(30);
    styler.setYAxisTickMarkSpacingHint(24);
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 15));
    styler.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
    styler.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
  }

  /** A task that ended more than once has several rows: the later ones say which. */
  private static List<String> distinct(final List<String> rows) {
    final List<String> names = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      final String row = rows.get(i);
      final long earlier = rows.subList(i + 1, rows.size()).stream().filter(row::equals).count();
      names.add(earlier == 0 ? row : row + " (" + (earlier + 1) + ")");
    }
    return names;
  }
}
