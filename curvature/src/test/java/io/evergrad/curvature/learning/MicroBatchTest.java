/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import io.evergrad.curvature.linalg.Torch;
import io.evergrad.curvature.network.Candidates;
import java.util.List;
import org.junit.jupiter.api.Test;

class MicroBatchTest {

  @Test
  void readsRowsWhereverTheyAreKept() {
    final byte[][] kept = {{1, 2}, {3, 4}, {5, 6}};
    final MicroBatch batch =
        new MicroBatch(
            (row, target, offset) -> {
              target[offset] = kept[row][0];
              target[offset + 1] = kept[row][1];
            },
            new int[3],
            List.of(),
            3,
            2);

    assertThat(batch.features()).containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(filled(batch)).containsExactly(1, 2, 3, 4, 5, 6);
  }

  @Test
  void readsNoMoreRowsThanItHas() {
    final float[] reused = {1, 2, 3, 4, Float.NaN, Float.NaN};
    final MicroBatch batch = new MicroBatch(reused, new int[3], 2, 2);

    assertThat(batch.features()).containsExactly(1, 2, 3, 4);
    assertThat(filled(batch)).containsExactly(1, 2, 3, 4);
  }

  @Test
  void bufferIsFilledAgainWithBatchesOfOtherSizes() {
    final FeatureBuffer buffer = new FeatureBuffer();
    try (NDManager manager = Torch.newManager()) {
      for (final MicroBatch batch :
          List.of(
              new MicroBatch(new float[] {1, 2, 3}, new int[1], 1, 3),
              new MicroBatch(new float[] {4, 5, 6, 7}, new int[2], 2, 2),
              new MicroBatch(new float[] {8}, new int[1], 1, 1))) {
        assertThat(buffer.fill(manager, batch).toFloatArray()).isEqualTo(batch.features());
      }
    }
  }

  @Test
  void refusesTooFewFeaturesLabelsOrCandidates() {
    assertThatThrownBy(() -> new MicroBatch(new float[5], new int[2], 2, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a micro-batch of 2 × 3 with 5 features");
    assertThatThrownBy(() -> new MicroBatch(new float[6], new int[1], 2, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a micro-batch of 2 examples with 1 labels");
    assertThatThrownBy(
            () -> new MicroBatch(new float[6], new int[2], List.of(Candidates.ALL), 2, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("candidates of 1 examples of 2");
    assertThatThrownBy(() -> new MicroBatch(new float[6], new int[2], 0, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a micro-batch of 0 × 3");
  }

  private static float[] filled(final MicroBatch batch) {
    try (NDManager manager = Torch.newManager()) {
      return new FeatureBuffer().fill(manager, batch).toFloatArray();
    }
  }
}
