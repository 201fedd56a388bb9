/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cost;

import io.evergrad.curvature.learning.HostTensor;
import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.learning.LearnerSnapshot;
import io.evergrad.curvature.learning.OnlineLearner;
import io.evergrad.curvature.learning.RuleCost;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;

/**
 * What a learner holds beside its parameters, their moving average and the gradient's, counted from
 * its state and what it works in: in these learners nothing else lasts from step to step.
 *
 * @param subject the learner
 * @param curvature bytes of the rule: moments, what is derived from them, and room for products
 * @param precision bytes of the protection: running Fisher, precision and anchor
 */
public record CurvatureMemory(Subject subject, long curvature, long precision) {
  /**
   * How the names of what every rule holds begin: averages of gradients or directions, and of
   * parameters.
   */
  private static final List<String> COMMON = List.of("momentum.", "average.");

  /** Requires a subject. */
  public CurvatureMemory {
    Objects.requireNonNull(subject, "subject");
  }

  /** The memory of a learner at its defaults, for examples of that many inputs and classes. */
  public static CurvatureMemory of(final Subject subject, final int inputs, final int classes) {
    final LearnerSettings settings = subject.settings(inputs, classes);
    final LearnerSnapshot snapshot = OnlineLearner.initial(settings);
    return new CurvatureMemory(
        subject,
        bytes(snapshot.preconditioner()) + RuleCost.workingBytes(settings),
        bytes(snapshot.precision()));
  }

  private static long bytes(final SortedMap<String, HostTensor> tensors) {
    return tensors.entrySet().stream()
        .filter(tensor -> COMMON.stream().noneMatch(tensor.getKey()::startsWith))
        .map(Map.Entry::getValue)
        .mapToLong(tensor -> tensor.data().length)
        .sum();
  }

  /** Both, in bytes. */
  public long total() {
    return curvature + precision;
  }
}
