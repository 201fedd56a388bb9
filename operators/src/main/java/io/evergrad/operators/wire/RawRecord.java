/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.wire;

import java.util.List;
import java.util.Objects;

/**
 * A Kafka record as it was received: nothing of it has been read yet. The arrays are shared, not
 * copied; nobody may write to them.
 *
 * @param position topic, partition and offset
 * @param timestamp Kafka's timestamp, milliseconds since the epoch
 * @param key the bytes of the key, or null
 * @param value the bytes of the value, or null
 * @param headers all headers, in order
 */
public record RawRecord(
    Position position, long timestamp, byte[] key, byte[] value, List<RawHeader> headers) {

  /** Copies the list of headers. */
  public RawRecord {
    Objects.requireNonNull(position, "position");
    headers = List.copyOf(headers);
  }

  /**
   * One header.
   *
   * @param key name; not unique
   * @param value bytes, or null
   */
  public record RawHeader(String key, byte[] value) {

    /** Refuses a missing key. */
    public RawHeader {
      Objects.requireNonNull(key, "key");
    }
  }
}
