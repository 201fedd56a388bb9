/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * When the lengths of layers' steps H⁻¹G are measured, which is to be seldom, as it costs more than
 * half as much as a product with a root of low rank (docs/adr/0018).
 *
 * <p>A step longer than {@value #LONGEST} is shortened to that. It is expected to grow as the loss
 * does: an example's gradient is its error p − y, at most √2 times its loss −log p_y as 1 − p ≤
 * −log p, times the derivative of its logits. So a layer is measured where its length when it was
 * measured last, times what the loss has grown since, exceeds {@value #SAFE}: a loss that jumps is
 * noticed before the step that it leads to is taken. That supposes examples of like scale, as many
 * of them, and a loss above rounding, below which it is measured always. What is not as expected
 * goes unnoticed for seven steps at most: each {@value #INTERVAL}th is measured. So are those at
 * which roots are renewed and those after them, as the gradient that roots were just made of looks
 * short to them.
 *
 * <p>Lengths are root mean squares of a layer's entries. Not thread-safe.
 */
final class StepLimit {
  /** The length that a longer step is shortened to. */
  static final double LONGEST = 3;

  private static final double SAFE = 2;
  private static final int INTERVAL = 8;

  /** A layer that hardly moves may yet: shorter lengths count as this one. */
  private static final double SHORTEST = 0.1;

  /** A probability in float32 is 1 below this loss. */
  private static final double ROUNDING = Math.ulp(1f);

  /** At the next step, and the length found then tells nothing of later ones. */
  private static final float NEXT_TWO = -1;

  /** At the next step. */
  private static final float NEXT = 0;

  /** For each layer the loss from which on it has to be measured. */
  private final float[] losses;

  /**
   * @param layers how many
   */
  StepLimit(final int layers) {
    losses = new float[layers];
    reset();
  }

  /** All layers are to be measured at the next two steps: roots or parameters are others. */
  void reset() {
    Arrays.fill(losses, NEXT_TWO);
  }

  /**
   * The layers to be measured at a step.
   *
   * @param before steps taken before it
   * @param loss of the examples that its gradient is of, as {@link LearningRule#step} takes it
   * @return for each layer 1, or 0 if it need not be measured
   */
  long[] due(final long before, final double loss) {
    return IntStream.range(0, losses.length)
        .mapToLong(l -> before % INTERVAL == 0 || !(loss + ROUNDING < losses[l]) ? 1 : 0)
        .toArray();
  }

  /**
   * Remembers lengths.
   *
   * @param due what {@link #due} gave
   * @param lengths of the layers that were measured, in their order, before they were shortened
   * @param loss as at {@link #due}
   */
  void measured(final long[] due, final float[] lengths, final double loss) {
    int next = 0;
    for (int l = 0; l < due.length; l++) {
      if (due[l] != 0) {
        final double length = Math.max(lengths[next++], SHORTEST);
        losses[l] = length <= SAFE && losses[l] != NEXT_TWO ? (float) (loss * SAFE / length) : NEXT;
      }
    }
  }

  /** Adds what it remembers to a state. */
  void save(final String prefix, final Map<String, HostTensor> state) {
    state.put(name(prefix), TensorCopies.ofFloats(losses, losses.length));
  }

  /**
   * Goes on from a state.
   *
   * @throws IllegalArgumentException if it has nothing of as many layers, naming the tensor
   */
  void restore(final String prefix, final Map<String, HostTensor> state) {
    TensorCopies.floatsAt(state, name(prefix), losses, losses.length);
  }

  private static String name(final String prefix) {
    return prefix + "measured-from-loss";
  }
}
