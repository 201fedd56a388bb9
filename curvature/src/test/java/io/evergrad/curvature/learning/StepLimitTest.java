/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StepLimitTest {
  private static final long[] BOTH = {1, 1};
  private static final long[] NONE = {0, 0};
  private final StepLimit limit = new StepLimit(2);

  @BeforeEach
  void takeTheFirstStep() {
    measured(1, 0.01f, 0.01f);
  }

  private void measured(final double loss, final float... lengths) {
    limit.measured(BOTH, lengths, loss);
  }

  @Test
  void measuresTheTwoStepsAfterRootsAreNewAndTheSecondTells() {
    assertThat(limit.due(1, 1)).isEqualTo(BOTH);
    measured(1, 0.5f, 0.5f);
    assertThat(limit.due(2, 1)).isEqualTo(NONE);

    limit.reset();

    assertThat(limit.due(3, 1)).isEqualTo(BOTH);
    measured(1, 0.01f, 0.01f);
    assertThat(limit.due(4, 1)).isEqualTo(BOTH);
    measured(1, 0.5f, 0.5f);
    assertThat(limit.due(5, 1)).isEqualTo(NONE);
  }

  @Test
  void measuresAtEveryEighthStep() {
    measured(1, 0.5f, 0.5f);
    for (int step = 1; step < 8; step++) {
      assertThat(limit.due(step, 1)).isEqualTo(NONE);
    }
    assertThat(limit.due(8, 1)).isEqualTo(BOTH);
    assertThat(limit.due(16, 1)).isEqualTo(BOTH);
  }

  @Test
  void measuresALayerWhoseStepMayHaveGrownBeyondTwoWithTheLoss() {
    measured(0.1, 0.5f, 1.9f);
    assertThat(limit.due(1, 0.1)).isEqualTo(NONE);
    assertThat(limit.due(1, 0.11)).isEqualTo(new long[] {0, 1});
    assertThat(limit.due(1, 0.39)).isEqualTo(new long[] {0, 1});
    assertThat(limit.due(1, 0.41)).isEqualTo(BOTH);
  }

  @Test
  void measuresALongLayerAtEachStepWhateverTheLossDoes() {
    measured(1, 2.1f, 2);
    assertThat(limit.due(1, 0.001)).isEqualTo(new long[] {1, 0});
    assertThat(limit.due(1, 0)).isEqualTo(new long[] {1, 0});
  }

  /** A probability in float32 may be 1 though the gradient is not 0. */
  @Test
  void measuresAllWhereTheLossIsLostInRounding() {
    measured(0, 0.5f, 0.5f);
    assertThat(limit.due(1, 0)).isEqualTo(BOTH);
    measured(1e-9, 0.5f, 0.5f);
    assertThat(limit.due(1, 1e-9)).isEqualTo(BOTH);
    measured(1e-6, 0.5f, 0.5f);
    assertThat(limit.due(1, 1e-6)).isEqualTo(NONE);
  }

  @Test
  void measuresALayerThatDidNotMoveWhereTheLossGrows() {
    measured(0.1, 0, 0.5f);
    assertThat(limit.due(1, 0.39)).isEqualTo(NONE);
    assertThat(limit.due(1, 2.1)).isEqualTo(BOTH);
  }

  @Test
  void remembersOnlyLayersThatWereMeasured() {
    measured(1, 0.5f, 1);
    limit.measured(new long[] {0, 1}, new float[] {0.1f}, 1);
    assertThat(limit.due(1, 5)).isEqualTo(new long[] {1, 0});
  }

  @Test
  void measuresWhereNothingCanBeTold() {
    measured(1, Float.NaN, 0.5f);
    assertThat(limit.due(1, 1)).isEqualTo(new long[] {1, 0});
    measured(1, 0.5f, 0.5f);
    assertThat(limit.due(1, Double.NaN)).isEqualTo(BOTH);
  }

  @Test
  void goesOnFromAState() {
    final StepLimit untouched = new StepLimit(2);
    measured(0.1, 0.5f, 1.9f);
    final Map<String, HostTensor> state = new HashMap<>();
    limit.save("a.", state);

    untouched.restore("a.", state);

    assertThat(untouched.due(1, 0.1)).isEqualTo(NONE);
    assertThat(untouched.due(1, 0.39)).isEqualTo(new long[] {0, 1});
  }

  @Test
  void goesOnFromAStateWhoseRootsAreNew() {
    final Map<String, HostTensor> state = new HashMap<>();
    new StepLimit(2).save("a.", state);

    limit.restore("a.", state);
    measured(1, 0.01f, 0.01f);

    assertThat(limit.due(1, 1)).isEqualTo(BOTH);
  }
}
