/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.measure;

import static org.assertj.core.api.Assertions.assertThat;

import io.evergrad.curvature.learning.LearnerSettings;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CodeVersionTest {

  @Test
  void isTheSameForTheSameCodeAndAnotherForOther() throws Exception {
    final String rules = version("io.evergrad.curvature.learning");

    assertThat(rules).matches("[0-9a-f]{16}").isEqualTo(version("io.evergrad.curvature.learning"));
    assertThat(version("io.evergrad.curvature")).isNotEqualTo(rules);
    assertThat(version("io.evergrad.curvature.network")).isNotEqualTo(rules);
  }

  @Test
  void takesWholePackageNamesOnly() throws Exception {
    assertThat(version("io.evergrad.curv")).isEqualTo(version("no.such.package"));
  }

  private static String version(final String name) throws Exception {
    return CodeVersion.of(Set.of(LearnerSettings.class), List.of(name));
  }
}
