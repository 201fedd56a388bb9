/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.kinds;

import java.util.ArrayList;
import java.util.List;

/**
 * Consecutive copies of a kind, or positions of an axis.
 *
 * @param first the first one
 * @param end the one after the last
 */
public record Range(int first, int end) {

  /** How many. */
  public int size() {
    return end - first;
  }

  /**
   * Cuts {@code 0 .. length} into as few ranges as the limit allows, of nearly equal size.
   *
   * @param limit largest size of a range, at least 1
   */
  public static List<Range> cut(final int length, final int limit) {
    final int count = (int) (((long) length + limit - 1) / limit);
    final List<Range> ranges = new ArrayList<>();
    int first = 0;
    for (int i = 1; i <= count; i++) {
      final int end = (int) ((long) length * i / count);
      ranges.add(new Range(first, end));
      first = end;
    }
    return List.copyOf(ranges);
  }

  @Override
  public String toString() {
    return "[" + first + ".." + end + ")";
  }
}
