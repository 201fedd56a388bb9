/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evergrad.curvature.learning.MicroBatch;
import io.evergrad.curvature.network.Candidates;
import io.evergrad.operators.decode.Features.Encoding;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchTest {
  private static final Features BYTES = new Features(Encoding.UINT8, new byte[] {0, -1});
  private static final Features FLOATS = Features.of(0.5f, -2);
  private static final Features TOKENS = new Features(Encoding.TOKEN8, new byte[] {7, -1});

  @Test
  void holdsExamplesOfAnyEncoding() {
    final Batch batch = new Batch(3, 2);

    assertThat(batch.add(BYTES, 4)).isFalse();
    assertThat(batch.add(FLOATS, 5, Candidates.of(5, 6))).isFalse();
    assertThat(batch.add(TOKENS, 6)).isTrue();
    assertHasAllThree(batch.take());
    assertThat(batch.isEmpty()).isTrue();
    assertThat(batch.features()).isEmpty();
  }

  @Test
  void goesOnFromTheExamplesThatAnotherHeld() {
    final Batch held = new Batch(3, 2);
    held.add(BYTES, 4);
    held.add(FLOATS, 5, Candidates.of(5, 6));
    final Batch batch = new Batch(3, 2, held.features(), held.labels(), held.candidates());

    assertThat(batch.add(TOKENS, 6)).isTrue();
    assertHasAllThree(batch.take());
  }

  private static void assertHasAllThree(final MicroBatch taken) {
    assertThat(taken.features()).containsExactly(0, 1, 0.5f, -2, 7, 255);
    assertThat(taken.labels()).containsExactly(4, 5, 6);
    assertThat(taken.candidates())
        .containsExactly(Candidates.ALL, Candidates.of(5, 6), Candidates.ALL);
  }

  @Test
  void refusesAnExampleOfAnotherWidth() {
    final Batch batch = new Batch(3, 2);

    assertThatThrownBy(() -> batch.add(Features.of(1), 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("an example of 1 features: expected 2");
    assertThat(batch.isEmpty()).isTrue();
  }

  @Test
  void takesFewerExamplesThanFit() {
    final Batch batch = new Batch(3, 2);
    batch.add(BYTES, 4);

    assertThat(batch.take().size()).isEqualTo(1);
    assertThat(batch.candidates()).isEqualTo(List.of());
  }
}
