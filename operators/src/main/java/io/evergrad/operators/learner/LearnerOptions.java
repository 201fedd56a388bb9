/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.learner;

import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.network.Network;
import java.io.Serializable;
import java.util.Objects;
import org.slf4j.Logger;

/**
 * What a learner learns and how often it tells.
 *
 * @param model the model's name
 * @param settings network, learning rule and protection
 * @param progressInterval steps from one progress record to the next; 0: none
 * @param updateInterval steps from one model update within a task to the next; 0: at ends of tasks
 *     only
 */
public record LearnerOptions(
    String model, LearnerSettings settings, long progressInterval, long updateInterval)
    implements Serializable {

  /**
   * @throws IllegalArgumentException if an interval is negative
   */
  public LearnerOptions {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(settings, "settings");
    if (progressInterval < 0 || updateInterval < 0) {
      throw new IllegalArgumentException(
          "progress interval "
              + progressInterval
              + ", update interval "
              + updateInterval
              + ": expected at least 0 steps");
    }
  }

  /**
   * Says what symmetry a network of the user's own was given, and, a warning for each, which
   * curvature blocks the block limit cuts.
   */
  void describeCurvature(final Logger log) {
    final Network network = settings.network().network();
    if (!network.proven()) {
      log.info(
          "Model {}: symmetry of network {}:\n{}", model, settings.network(), network.report());
    }
    for (final String block : settings.cutBlocks()) {
      log.warn(
          "Model {}: a curvature block exceeds the block limit {}, so the coupling between its "
              + "ranges is dropped: {}",
          model,
          settings.blockLimit(),
          block);
    }
  }
}
