/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * When the lengths of layers' steps H⁻¹G are measured, so that none is much longer than {@value
 * #LONGEST}: to measure each at every step would be a tenth of what the two-sided step costs beyond
 * Adam's.
 *
 * <p>An example's gradient is its error p − y, at most √2 times its loss −log p_y as 1 − p ≤ −log
 * p, times the derivative of its logits. So while parameters hardly change and roots do not, a step
 * grows about as the loss does. A layer is measured at every {@value #INTERVAL}th step, and
 * wherever its length when it was measured last, times what the loss has grown since, exceeds
 * {@value #SAFE}: a loss that jumps is noticed before the step that it leads to is taken. It is
 * measured, too, where roots are renewed and at the step after that, as the gradient that roots
 * were just made of looks short to them.
 *
 * <p>Lengths are root mean squares of a layer's entries. Not thread-safe.
 */
final class StepLimit {
  /** The length that a longer step is shortened to. */
  static final double LONGEST = 3;

  private static final double SAFE = 2;
  private static final int INTERVAL = 8;
  private static final String NAME = "safe-losses";

  /** At the next step, and the length found then tells nothing of later ones. */
  private static final float NEXT_TWO = -1;

  /** At the next step. */
  private static final float NEXT = 0;

  /** For each layer the largest loss at which it need not be measured. */
  private final float[] safeLosses;

  /**
   * @param layers how many
   */
  StepLimit(final int layers) {
    safeLosses = new float[layers];
    rootsRenewed();
  }

  /** All layers are to be measured at the next two steps. */
  void rootsRenewed() {
    Arrays.fill(safeLosses, NEXT_TWO);
  }

  /**
   * The layers to be measured at a step.
   *
   * @param step its number
   * @param loss mean loss of the examples that its gradient is of, in nats
   * @return for each layer 1, or 0 if it need not be measured
   */
  long[] due(final long step, final double loss) {
    return IntStream.range(0, safeLosses.length)
        .mapToLong(l -> step % INTERVAL == 0 || !(loss <= safeLosses[l]) ? 1 : 0)
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
        final float length = lengths[next++];
        safeLosses[l] =
            length <= SAFE && safeLosses[l] != NEXT_TWO ? (float) (loss * SAFE / length) : NEXT;
      }
    }
  }

  /** Adds what it remembers to a state. */
  void save(final Map<String, HostTensor> state) {
    state.put(NAME, TensorCopies.ofFloats(safeLosses, safeLosses.length));
  }

  /**
   * Goes on from a state.
   *
   * @throws IllegalArgumentException if it has nothing of as many layers
   */
  void restore(final Map<String, HostTensor> state) {
    TensorCopies.floatsAt(state, NAME, safeLosses, safeLosses.length);
  }
}
