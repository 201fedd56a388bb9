/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.stream;

import io.evergrad.operators.wire.StreamRecord;
import java.util.Objects;

/**
 * One record of a task stream.
 *
 * @param key {@code t1-000123} for an example to learn, {@code t1-held-out-000123} for one held
 *     out, {@code t1-end} for the end of a task; numbers are from 0
 * @param value what goes into the topic
 */
public record KeyedRecord(String key, StreamRecord value) {

  /** Refuses what is missing. */
  public KeyedRecord {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(value, "value");
  }
}
