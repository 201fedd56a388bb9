/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.metrics;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;

/** The JSON of the metrics topic, written and read. Numbers that JSON has not become null. */
public final class MetricsJson {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private MetricsJson() {}

  /** One metric as a JSON object, UTF-8, without line breaks. */
  public static byte[] write(final Metric metric) {
    final ObjectNode json = JSON.createObjectNode();
    if (metric instanceof Progress progress) {
      json.put("type", "progress")
          .put("model", progress.model())
          .put("task", progress.task())
          .put("step", progress.step())
          .put("examples", progress.examples());
      put(json, "accuracy", progress.accuracy());
      put(json, "loss", progress.loss());
      put(json, "examples_per_second", progress.examplesPerSecond());
    } else if (metric instanceof Evaluation evaluation) {
      json.put("type", "evaluation")
          .put("model", evaluation.model())
          .put("after_task", evaluation.afterTask())
          .put("after_tasks", evaluation.afterTasks())
          .put("task", evaluation.task())
          .put("correct", evaluation.correct())
          .put("examples", evaluation.examples());
      if (evaluation.predictions() != evaluation.examples()) {
        json.put("predictions", evaluation.predictions());
      }
      put(json, "loss", evaluation.loss());
    }
    try {
      return JSON.writeValueAsBytes(json);
    } catch (final JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The metric in a JSON object. Fields that are not known are passed over.
   *
   * @throws IOException if it is not JSON, has another type, or lacks a field, naming it
   */
  public static Metric read(final byte[] json) throws IOException {
    final JsonNode root = JSON.readTree(json);
    final String type = text(root, "type");
    return switch (type) {
      case "progress" ->
          new Progress(
              text(root, "model"),
              text(root, "task"),
              integer(root, "step"),
              integer(root, "examples"),
              real(root, "accuracy"),
              real(root, "loss"),
              real(root, "examples_per_second"));
      case "evaluation" -> evaluation(root);
      default ->
          throw new IOException(
              "metric of type \"" + type + "\": expected \"progress\" or \"evaluation\"");
    };
  }

  private static Evaluation evaluation(final JsonNode root) throws IOException {
    try {
      return new Evaluation(
          text(root, "model"),
          text(root, "after_task"),
          integer(root, "after_tasks"),
          text(root, "task"),
          integer(root, "correct"),
          integer(root, "examples"),
          integer(root, root.has("predictions") ? "predictions" : "examples"),
          root.has("loss") ? real(root, "loss") : Double.NaN);
    } catch (final IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static void put(final ObjectNode json, final String field, final double value) {
    if (Double.isFinite(value)) {
      json.put(field, value);
    } else {
      json.putNull(field);
    }
  }

  private static String text(final JsonNode root, final String field) throws IOException {
    final JsonNode value = root.path(field);
    if (!value.isTextual()) {
      throw wrong(field, value, "a string");
    }
    return value.textValue();
  }

  private static long integer(final JsonNode root, final String field) throws IOException {
    final JsonNode value = root.path(field);
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw wrong(field, value, "an integer");
    }
    return value.longValue();
  }

  private static double real(final JsonNode root, final String field) throws IOException {
    final JsonNode value = root.path(field);
    if (value.isNull()) {
      return Double.NaN;
    }
    if (!value.isNumber()) {
      throw wrong(field, value, "a number or null");
    }
    return value.doubleValue();
  }

  private static IOException wrong(
      final String field, final JsonNode found, final String expected) {
    return new IOException(
        "\"" + field + "\" of a metric: expected " + expected + ", found " + found.getNodeType());
  }
}
