/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import io.evergrad.jobs.data.IdxDataset;
import io.evergrad.jobs.stream.TaskStream;
import java.util.EnumMap;
import java.util.Map;

/** Images with labels. */
public final class Images implements Material {
  private final Map<Split, Part> parts = new EnumMap<>(Split.class);

  private record Part(IdxDataset data, String digest) {}

  /**
   * The splits of a data set.
   *
   * @throws IllegalArgumentException if a class would be held out that is not learned
   */
  public Images(final IdxDataset data) {
    for (final Split split : Split.values()) {
      final IdxDataset part = split.of(data);
      parts.put(split, new Part(part, DataDigest.of(part)));
    }
  }

  @Override
  public String digest(final Split split, final StreamDefinition definition) {
    return parts.get(split).digest();
  }

  @Override
  public TaskStream stream(final Split split, final StreamDefinition definition, final long seed) {
    return definition.stream(parts.get(split).data(), seed);
  }
}
