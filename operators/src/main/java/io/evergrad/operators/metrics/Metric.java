/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.metrics;

/** One record of the metrics topic. */
public sealed interface Metric permits Progress, Evaluation {

  /** The model that it is about; the record's key. */
  String model();
}
