/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.state;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Numbers by name as Protobuf messages. */
public final class CountFormat {
  private CountFormat() {}

  /** The messages for numbers, in the order of their names. */
  public static List<StateProto.Count> messages(final SortedMap<String, Long> counts) {
    return counts.entrySet().stream()
        .map(
            entry ->
                StateProto.Count.newBuilder()
                    .setName(entry.getKey())
                    .setValue(entry.getValue())
                    .build())
        .toList();
  }

  /** The numbers in messages. */
  public static SortedMap<String, Long> counts(final List<StateProto.Count> messages) {
    final SortedMap<String, Long> counts = new TreeMap<>();
    messages.forEach(message -> counts.put(message.getName(), message.getValue()));
    return counts;
  }
}
