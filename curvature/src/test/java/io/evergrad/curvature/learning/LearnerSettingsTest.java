/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.MlpSpec;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LearnerSettingsTest {

  @Test
  void refusesTheTwoSidedProductForTheRule() {
    assertThatIllegalArgumentException()
        .isThrownBy(settings().ruleScheme(LearnerSettings.Scheme.TWO_SIDED)::build)
        .withMessageContaining("TWO_SIDED");
    assertThatNoException()
        .isThrownBy(
            settings().ruleScheme(LearnerSettings.Scheme.TWO_SIDED).rule(LearnerSettings.Rule.ADAM)
                ::build);
  }

  @ParameterizedTest
  @EnumSource(names = "TWO_SIDED", mode = EnumSource.Mode.EXCLUDE)
  void refusesOneSidedProtection(final LearnerSettings.Scheme scheme) {
    assertThatIllegalArgumentException()
        .isThrownBy(settings().protectionScheme(scheme)::build)
        .withMessageContaining(scheme.name());
    assertThatNoException()
        .isThrownBy(
            settings().protectionScheme(scheme).protection(LearnerSettings.Protection.NONE)::build);
  }

  private static LearnerSettings.Builder settings() {
    return LearnerSettings.builder(new MlpSpec(3, List.of(2), 2, Activation.RELU));
  }
}
