/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cost;

import java.util.Map;

/** What a step does, told from the call stack of the thread that takes it. */
public enum Phase {
  FEATURES("features to native memory"),
  FORWARD("forward"),
  JUDGE("softmax, judging"),
  BACKWARD("backward"),
  FISHER("Fisher sample"),
  ACCUMULATE("curvature: accumulate"),
  RENEW("curvature: renew"),
  APPLY("curvature: apply, and the two-sided step"),
  RULE("rest of the rule: momentum, Adam and the like"),
  AVERAGE("moving average of the parameters"),
  PULL("pull of the protection"),
  REST("rest: scopes, borrowing");

  private static final String CURVATURE = "io.evergrad.curvature.";

  /** By class and method; the outermost that is listed counts. */
  private static final Map<String, Phase> LISTED =
      Map.ofEntries(
          Map.entry("OnlineLearner.features", FEATURES),
          Map.entry("OnlineLearner.targets", FEATURES),
          Map.entry("Mlp.forward", FORWARD),
          Map.entry("OnlineLearner.judge", JUDGE),
          Map.entry("OnlineLearner.meanGradient", BACKWARD),
          Map.entry("OnlineLearner.observe", FISHER),
          Map.entry("BlockPreconditioner.accumulate", ACCUMULATE),
          Map.entry("BlockPreconditioner.renew", RENEW),
          Map.entry("BlockPreconditioner.apply", APPLY),
          Map.entry("TwoSidedPreconditioner.accumulate", ACCUMULATE),
          Map.entry("TwoSidedPreconditioner.renew", RENEW),
          Map.entry("TwoSidedStep.take", APPLY),
          Map.entry("MovingParameters.follow", AVERAGE),
          Map.entry("TwoSidedProtector.pull", PULL),
          Map.entry("BlockProtector.pull", PULL));

  private final String label;

  Phase(final String label) {
    this.label = label;
  }

  /** For tables. */
  public String label() {
    return label;
  }

  /**
   * The phase of a stack.
   *
   * @param stack innermost frame first, as {@link Thread#getStackTrace} gives it
   */
  static Phase of(final StackTraceElement[] stack) {
    Phase phase = REST;
    for (int i = stack.length - 1; i >= 0; i--) {
      final String type = stack[i].getClassName();
      if (type.startsWith(CURVATURE)) {
        final String frame =
            type.substring(type.lastIndexOf('.') + 1) + "." + stack[i].getMethodName();
        final Phase listed = LISTED.get(frame);
        if (listed != null) {
          return listed;
        }
        if (frame.equals("SymmetryRule.step") || frame.equals("LayerwiseRule.step")) {
          phase = RULE;
        }
      }
    }
    return phase;
  }
}
