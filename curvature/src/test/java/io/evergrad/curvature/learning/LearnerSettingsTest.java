/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.curvature.learning.LearnerSettings.Rule;
import io.evergrad.curvature.learning.LearnerSettings.Scheme;
import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.MlpSpec;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LearnerSettingsTest {

  @ParameterizedTest
  @CsvSource({
    "OUTPUT_AXIS, TWO_SIDED, true",
    "INPUT_AXIS, TWO_SIDED, true",
    "CHEAPEST, TWO_SIDED, true",
    "TWO_SIDED, TWO_SIDED, true",
    "JOINT, JOINT, true",
    "OUTPUT_AXIS, OUTPUT_AXIS, true",
    "JOINT, TWO_SIDED, false",
    "TWO_SIDED, OUTPUT_AXIS, false",
    "OUTPUT_AXIS, INPUT_AXIS, false"
  })
  void remembersWhereThePrecisionHasBlocksThatFit(
      final Scheme rule, final Scheme protection, final boolean fits) {
    final LearnerSettings.Builder settings =
        settings().ruleScheme(rule).protectionScheme(protection);

    assertThat(settings.build().memory()).isEqualTo(fits ? LearnerSettings.DEFAULT_MEMORY : 0);
    if (fits) {
      assertThat(settings.memory(0.1).build().memory()).isEqualTo(0.1);
    } else {
      assertThatIllegalArgumentException()
          .isThrownBy(settings.memory(0.1)::build)
          .withMessageContaining("memory 0.1")
          .withMessageContaining(protection.name());
    }
    assertThat(settings.memory(0).build().memory()).isZero();
  }

  @Test
  void remembersNothingWithoutASymmetricRuleAndProtection() {
    assertThat(settings().rule(Rule.ADAM).build().memory()).isZero();
    assertThat(settings().protection(Protection.EWC).build().memory()).isZero();
    assertThatIllegalArgumentException()
        .isThrownBy(settings().protection(Protection.EWC).memory(0.1)::build)
        .withMessageContaining("EWC");
  }

  /** κ = 2, four predictions a step; against ρ of the text. */
  @ParameterizedTest
  @CsvSource({
    "0.25, 1, 0.5", // ρ = 1: twice what takes Λ to S's trace
    "2.5, 10, 0.5", // units do not matter
    "1, 1, 8", // ρ = 4
    "25, 1, 5000", // ρ = 100
    "100, 1, 20000", // ρ = 400 counts as 100
    "0, 1, 0",
    "1, 0, 0",
    "1, 1e-13, 0" // as good as nothing
  })
  void whatIsRememberedWeighsByTheSurprise(
      final double moment, final double precision, final double weight) {
    assertThat(settings().batchSize(4).memory(2.0).build().memoryWeight(moment, precision))
        .isEqualTo(weight);
  }

  /** Half of the gradient is the present task's, and its square a quarter. */
  @Test
  void ofAGradientThatIsHalfReplayedTheOtherHalfSurprises() {
    final LearnerSettings.Builder four = settings().batchSize(4).memory(2.0);
    final double alone = four.build().memoryWeight(1, 1);

    assertThat(four.replaySize(10).build().memoryWeight(0.25, 1)).isEqualTo(alone / 4);
  }

  @Test
  void saysWhichBlocksTheLimitCuts() {
    assertThat(settings().build().cutBlocks()).isEmpty();
    assertThat(settings().blockLimit(3).build().cutBlocks())
        .containsExactly(
            "rule: layer1.weight inputs: 4 x 4 cut into [[0..2), [2..4)]",
            "protection: layer1.weight inputs: 4 x 4 cut into [[0..2), [2..4)]");
    final MlpSpec wide = new MlpSpec(70, List.of(2), 2, Activation.RELU);
    assertThat(
            LearnerSettings.builder(wide)
                .ruleScheme(Scheme.OUTPUT_AXIS)
                .blockLimit(40)
                .build()
                .cutBlocks())
        .as("the rule keeps the diagonal of the invariant kind only")
        .containsExactly(
            "rule: layer1.weight+layer1.bias non-invariant: 71 x 71 cut into [[0..35), [35..71)]",
            "protection: layer1.weight inputs: 71 x 71 cut into [[0..35), [35..71)]");
    assertThat(settings().blockLimit(3).rule(Rule.ADAM).protection(Protection.EWC).build())
        .satisfies(unused -> assertThat(unused.cutBlocks()).isEmpty());
  }

  @Test
  void keepsExamplesForReplayOnly() {
    assertThat(settings().build().replaySize()).isZero();
    assertThat(settings().protection(Protection.REPLAY).build().replaySize()).isEqualTo(200);
    assertThatIllegalArgumentException()
        .isThrownBy(settings().protection(Protection.REPLAY).replaySize(0)::build)
        .withMessageContaining("replay size 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> settings().replaySize(-1))
        .withMessageContaining("replay size -1");
  }

  @Test
  void saysWhyAModelCannotBeShared() {
    assertThat(settings().build().unshareable()).isEmpty();
    assertThat(settings().replaySize(9).build().unshareable())
        .hasValueSatisfying(reason -> assertThat(reason).contains("replay size 9"));
  }

  private static LearnerSettings.Builder settings() {
    return LearnerSettings.builder(new MlpSpec(3, List.of(2), 2, Activation.RELU));
  }
}
