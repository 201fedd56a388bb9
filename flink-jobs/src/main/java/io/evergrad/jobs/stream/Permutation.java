/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.stream;

import java.util.SplittableRandom;

/** Permutations drawn uniformly by Fisher and Yates' method. */
final class Permutation {
  private Permutation() {}

  static int[] draw(final int size, final SplittableRandom random) {
    final int[] order = new int[size];
    for (int i = 0; i < size; i++) {
      order[i] = i;
    }
    shuffle(order, random);
    return order;
  }

  static void shuffle(final int[] order, final SplittableRandom random) {
    for (int i = order.length - 1; i > 0; i--) {
      final int other = random.nextInt(i + 1);
      final int swapped = order[i];
      order[i] = order[other];
      order[other] = swapped;
    }
  }
}
