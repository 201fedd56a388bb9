/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.metrics;

import io.evergrad.operators.state.Format;
import java.io.IOException;

/** The bytes of a {@link Metric} between operators: the same JSON as in the topic. */
public final class MetricFormat implements Format<Metric> {
  private static final long serialVersionUID = 1L;

  @Override
  public int getVersion() {
    return 1;
  }

  @Override
  public byte[] serialize(final Metric metric) {
    return MetricsJson.write(metric);
  }

  @Override
  public Metric deserialize(final int version, final byte[] bytes) throws IOException {
    requireVersion(version);
    return MetricsJson.read(bytes);
  }
}
