/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cost;

import static org.assertj.core.api.Assertions.assertThat;

import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.curvature.learning.LearnerSettings.Rule;
import org.junit.jupiter.api.Test;

/** Against a count by hand: 20 inputs, two layers of 8 units, 3 classes. */
class CurvatureMemoryTest {
  private static final int INPUTS = 20;
  private static final int CLASSES = 3;
  private static final int WIDTH = 8;
  private static final int FLOAT = 4;
  private static final int DOUBLE = 8;
  private static final int COUNTERS = 3 * DOUBLE;

  /** Of each side: the inputs with the bias, or the units. */
  private static final int[] SIDES = {INPUTS + 1, WIDTH, WIDTH + 1, WIDTH, WIDTH + 1, CLASSES};

  private static final int PARAMETERS =
      (INPUTS + 1) * WIDTH + (WIDTH + 1) * WIDTH + (WIDTH + 1) * CLASSES;

  private static CurvatureMemory memory(final Rule rule, final Protection protection) {
    return CurvatureMemory.of(new Subject(rule, protection, WIDTH, 1), INPUTS, CLASSES);
  }

  @Test
  void kfacHoldsEachFactorAndItsInverse() {
    long expected = 0;
    for (final int side : SIDES) {
      expected += 2L * FLOAT * side * side;
    }

    assertThat(memory(Rule.KFAC, Protection.NONE).curvature() - expected)
        .isBetween(0L, (long) COUNTERS);
  }

  /** Sides this small are kept whole. */
  @Test
  void oursHoldsAMomentsBasisItsProductsARootsColumnsAndRoomForProducts() {
    // room of units x columns on either side of a layer, and for the bias on the side of units,
    // beside the inputs' root its end
    long expected = FLOAT * (2L * PARAMETERS + 2 * WIDTH + CLASSES + INPUTS + 1 + 2 * (WIDTH + 1));
    for (final int side : SIDES) {
      // basis, products and the root's columns; values; totals and the root's level
      expected += 3L * FLOAT * side * side + (long) FLOAT * side + 3 * DOUBLE + FLOAT;
    }

    assertThat(memory(Rule.SYMMETRY, Protection.NONE).curvature() - expected)
        .isBetween(0L, (long) COUNTERS);
  }

  @Test
  void aTwoSidedPrecisionHoldsFisherEigenvectorsAndAnchor() {
    long expected = (long) FLOAT * PARAMETERS;
    for (final int side : SIDES) {
      expected += 2L * FLOAT * side * side + (long) DOUBLE * side;
    }

    for (final Protection protection :
        new Protection[] {Protection.SYMMETRY, Protection.KFAC_LAPLACE}) {
      assertThat(memory(Rule.SGD, protection).precision() - expected)
          .isBetween(0L, (long) COUNTERS);
    }
  }
}
