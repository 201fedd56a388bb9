/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.cli;

import io.evergrad.curvature.learning.LearnerSettings;
import picocli.CommandLine.Option;

/** The options that say how to learn and what to protect: a mixin. */
public final class MethodOptions {
  @Option(
      names = "--learner",
      paramLabel = "NAME",
      defaultValue = "symmetry",
      description = "Learning rule: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private LearnerSettings.Rule learner;

  @Option(
      names = "--protection",
      paramLabel = "NAME",
      defaultValue = "symmetry",
      description = "Protection: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private LearnerSettings.Protection protection;

  /** The learning rule. */
  public LearnerSettings.Rule learner() {
    return learner;
  }

  /** The protection of earlier tasks. */
  public LearnerSettings.Protection protection() {
    return protection;
  }
}
