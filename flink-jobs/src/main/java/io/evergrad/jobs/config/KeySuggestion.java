/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.config;

import java.util.Collection;
import java.util.Comparator;

/** Finds the known key that an unknown one was probably meant to be. */
final class KeySuggestion {

  private KeySuggestion() {}

  /** The key with the fewest edits (insertion, deletion, substitution) from the unknown one. */
  static String nearest(final String unknown, final Collection<String> known) {
    return known.stream()
        .min(Comparator.comparingInt((String key) -> edits(unknown, key)).thenComparing(key -> key))
        .orElseThrow(() -> new IllegalArgumentException("no known keys"));
  }

  private static int edits(final String from, final String to) {
    int[] previous = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      final int[] current = new int[to.length() + 1];
      current[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        final int substitution = previous[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(substitution, Math.min(previous[j], current[j - 1]) + 1);
      }
      previous = current;
    }
    return previous[to.length()];
  }
}
