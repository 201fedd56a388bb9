/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.learner;

import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.runtime.state.StateInitializationContext;

/**
 * Names an attempt of a job: the same for all its subtasks, as they fail and start together, and
 * different from every attempt before it, so that learners can ignore what a failed one wrote.
 */
public final class Runs {
  private Runs() {}

  /**
   * The attempt that a subtask belongs to: job, checkpoint that it goes on from, attempt number.
   */
  public static String of(final RuntimeContext runtime, final StateInitializationContext context) {
    return runtime.getJobInfo().getJobId().toHexString()
        + "/"
        + context.getRestoredCheckpointId().orElse(0)
        + "/"
        + runtime.getTaskInfo().getAttemptNumber();
  }
}
