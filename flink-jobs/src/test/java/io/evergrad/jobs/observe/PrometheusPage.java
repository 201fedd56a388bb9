/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.observe;

import java.util.List;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a Prometheus endpoint shows, in Prometheus' text format.
 *
 * @param samples one for each line that is not a comment
 */
public record PrometheusPage(List<Sample> samples) {
  private static final Pattern LINE =
      Pattern.compile("(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(?<labels>.*)\\})? (?<value>\\S+)");

  /**
   * One line.
   *
   * @param name of the metric
   * @param labels as they are written, without the braces
   * @param value of the metric
   */
  public record Sample(String name, String labels, double value) {
    /** Whether a label has a value. */
    public boolean has(final String label, final String expected) {
      return ("," + labels + ",").contains("," + label + "=\"" + expected + "\",");
    }
  }

  /** Reads a page. */
  public static PrometheusPage parse(final String text) {
    return new PrometheusPage(
        text.lines()
            .filter(line -> !line.startsWith("#"))
            .map(LINE::matcher)
            .filter(Matcher::matches)
            .map(
                line ->
                    new Sample(
                        line.group("name"),
                        line.group("labels") == null ? "" : line.group("labels"),
                        Double.parseDouble(line.group("value"))))
            .toList());
  }

  /**
   * The value of a metric of one operator of one job.
   *
   * @param operator the operator's name as Flink's reporter writes it
   * @throws IllegalStateException if there are more than one
   */
  public OptionalDouble ofOperator(final String job, final String operator, final String metric) {
    final List<Sample> found =
        ofOperators(metric).stream()
            .filter(sample -> sample.has("job_id", job) && sample.has("operator_name", operator))
            .toList();
    if (found.size() > 1) {
      throw new IllegalStateException("expected one sample: " + found);
    }
    return found.stream().mapToDouble(Sample::value).findFirst();
  }

  /** A metric of operators of all jobs. */
  public List<Sample> ofOperators(final String metric) {
    return samples.stream()
        .filter(sample -> sample.name().equals("flink_taskmanager_job_task_operator_" + metric))
        .toList();
  }
}
