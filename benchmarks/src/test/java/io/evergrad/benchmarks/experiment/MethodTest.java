/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.curvature.learning.LearnerSettings.Rule;
import io.evergrad.jobs.config.EvergradOptions;
import io.evergrad.jobs.config.JobConfiguration;
import org.junit.jupiter.api.Test;

class MethodTest {
  private static final Method METHOD =
      Method.of(Rule.ADAM, Protection.EWC)
          .with(EvergradOptions.STRENGTH, 3.16e7)
          .with(EvergradOptions.LEARNING_RATE, 5e-4);

  @Test
  void itsOptionsAreThoseOfAJob() {
    final LearnerSettings learner = JobConfiguration.of(METHOD.options()).learner();

    assertThat(learner.rule()).isEqualTo(Rule.ADAM);
    assertThat(learner.protection()).isEqualTo(Protection.EWC);
    assertThat(learner.strength()).isEqualTo(3.16e7);
    assertThat(learner.learningRate()).isEqualTo(5e-4);
  }

  @Test
  void isEqualToOneOfTheSameOptions() {
    assertThat(METHOD.with(EvergradOptions.STRENGTH, 1.0)).isNotEqualTo(METHOD);
    assertThat(METHOD.with(EvergradOptions.STRENGTH, 1.0).with(EvergradOptions.STRENGTH, 3.16e7))
        .isEqualTo(METHOD)
        .hasSameHashCodeAs(METHOD);
  }

  @Test
  void tellsWhatIsNotDefault() {
    assertThat(METHOD.name()).isEqualTo("adam+ewc");
    assertThat(METHOD.settings()).isEqualTo("learning-rate 5.0E-4, strength 3.16E7");
    assertThat(Method.of(Rule.SYMMETRY, Protection.SYMMETRY).settings()).isEqualTo("defaults");
  }
}
