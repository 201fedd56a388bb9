/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.report;

import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoubleFunction;

/** The report as one HTML file that needs nothing else. */
final class HtmlPage {
  private static final String STYLE =
      """
      :root { color-scheme: light dark; --back: #ffffff; --text: #1b222b; --soft: #5b6673;
              --line: #d9dfe6; --card: #f5f7f9; --cell: 31, 122, 77; }
      @media (prefers-color-scheme: dark) {
        :root { --back: #14181d; --text: #e6eaee; --soft: #9aa6b2; --line: #333c46;
                --card: #1d232a; --cell: 72, 187, 120; }
      }
      body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 60rem; background: var(--back);
             color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
      h1 { margin: 0 0 .25rem; font-size: 1.6rem; }
      h2 { margin: 2.5rem 0 .75rem; font-size: 1.15rem; }
      p { margin: 0 0 .75rem; }
      .soft { color: var(--soft); }
      .figures { display: grid; gap: 1rem; margin-top: 1.5rem;
                 grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); }
      .figure { padding: 1rem; border: 1px solid var(--line); border-radius: .5rem;
                background: var(--card); }
      .figure b { display: block; font-size: 1.75rem; line-height: 1.2;
                  font-variant-numeric: tabular-nums; }
      .figure p { margin: .5rem 0 0; font-size: .85rem; color: var(--soft); }
      .wide { overflow-x: auto; }
      table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
      th, td { padding: .35rem .7rem; border: 1px solid var(--line); text-align: right; }
      th { background: var(--card); font-weight: 600; }
      th[scope=row], .settings td { text-align: left; }
      img { display: block; max-width: 100%; margin: 0 0 1rem; border-radius: .5rem; }
      details { margin-top: 1rem; }
      """;

  private final RunSummary run;

  HtmlPage(final RunSummary run) {
    this.run = run;
  }

  String html(final byte[] matrixPng) throws IOException {
    final StringBuilder html = new StringBuilder(1 << 16);
    html.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .append("<title>Evergrad: what was learned, and forgotten</title>\n<style>\n")
        .append(STYLE)
        .append("</style>\n</head>\n<body>\n<h1>What was learned, and forgotten</h1>\n")
        .append("<p class=\"soft\">")
        .append(escaped(headline()))
        .append("</p>\n");
    figures(html);
    html.append("<h2>Accuracy after each task</h2>\n")
        .append("<p>Each row is the model at the end of a task; each column is a task's held-out ")
        .append("examples. Percent classified rightly. Down a column, one sees it forget.</p>\n");
    table(html, "<table>", run.matrix().values(), HtmlPage::percentCell);
    html.append("<details>\n<summary>As a picture</summary>\n");
    image(html, matrixPng, "heat map of the accuracy matrix");
    html.append("</details>\n");
    html.append("<h2>Loss after each task</h2>\n")
        .append("<p>The same of the mean loss of a prediction, in nats.</p>\n");
    table(html, "<table class=\"losses\">", run.matrix().losses().values(), HtmlPage::lossCell);
    if (!run.progress().isEmpty()) {
      html.append("<h2>While learning</h2>\n")
          .append("<p>Prequential: every example is judged before it is learned.</p>\n");
      image(html, CurveChart.accuracy(run.progress()), "prequential accuracy over examples");
      image(html, CurveChart.loss(run.progress()), "prequential loss over examples");
    }
    settings(html);
    return html.append("</body>\n</html>\n").toString();
  }

  private String headline() {
    final int tasks = run.matrix().tasks().size();
    final String speed =
        Double.isFinite(run.examplesPerSecond())
            ? String.format(Locale.ROOT, ", %,.0f a second", run.examplesPerSecond())
            : "";
    return String.format(
        Locale.ROOT,
        "%d task%s, %,d examples%s; learner %s, protection %s.",
        tasks,
        tasks == 1 ? "" : "s",
        run.examples(),
        speed,
        run.learner(),
        run.protection());
  }

  private void figures(final StringBuilder html) {
    html.append("<div class=\"figures\">\n");
    for (final Figure figure : Figure.of(run.matrix())) {
      html.append("<div class=\"figure\">")
          .append(escaped(figure.name()))
          .append("<b>")
          .append(figure.shown())
          .append("</b><p>")
          .append(escaped(figure.meaning()))
          .append("</p></div>\n");
    }
    html.append("</div>\n");
  }

  private void table(
      final StringBuilder html,
      final String tag,
      final double[][] values,
      final DoubleFunction<String> cell) {
    html.append("<div class=\"wide\">").append(tag).append("\n<tr><th>after</th>");
    run.matrix()
        .tasks()
        .forEach(task -> html.append("<th scope=\"col\">").append(escaped(task)).append("</th>"));
    html.append("</tr>\n");
    final List<String> rows = run.matrix().rows();
    for (int row = 0; row < values.length; row++) {
      html.append("<tr><th scope=\"row\">").append(escaped(rows.get(row))).append("</th>");
      for (final double value : values[row]) {
        html.append(Double.isNaN(value) ? "<td class=\"soft\">–</td>" : cell.apply(value));
      }
      html.append("</tr>\n");
    }
    html.append("</table></div>\n");
  }

  private static String percentCell(final double accuracy) {
    return String.format(
        Locale.ROOT,
        "<td style=\"background: rgba(var(--cell), %.3f)\">%.1f</td>",
        0.6 * accuracy * accuracy,
        100 * accuracy);
  }

  private static String lossCell(final double loss) {
    return String.format(Locale.ROOT, "<td>%.3f</td>", loss);
  }

  private void settings(final StringBuilder html) {
    html.append("<h2>Settings</h2>\n<div class=\"wide\"><table class=\"settings\">\n");
    setting(html, "learner", run.learner());
    setting(html, "protection", run.protection());
    setting(html, "seed", Long.toString(run.seed()));
    for (final Map.Entry<String, String> entry : run.settings().entrySet()) {
      setting(html, entry.getKey(), entry.getValue());
    }
    if (run.modelVersion().isPresent()) {
      setting(html, "model version", Long.toString(run.modelVersion().getAsLong()));
    }
    setting(html, "Evergrad", BuildVersion.current());
    html.append("</table></div>\n");
  }

  private static void setting(final StringBuilder html, final String name, final String value) {
    html.append("<tr><th scope=\"row\">")
        .append(escaped(name))
        .append("</th><td>")
        .append(escaped(value))
        .append("</td></tr>\n");
  }

  private static void image(final StringBuilder html, final byte[] png, final String description) {
    html.append("<img alt=\"")
        .append(description)
        .append("\" src=\"data:image/png;base64,")
        .append(Base64.getEncoder().encodeToString(png))
        .append("\">\n");
  }

  private static String escaped(final String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
