/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

/**
 * When proximal steps are due. At the start of a task gradients lead away from the anchor fastest:
 * there each step is followed by one. As the task goes on the gap grows with it, by powers of two,
 * up to the interval.
 */
final class PullSchedule {
  /** A gap is at most the steps of the task so far by this. */
  private static final int GROWTH = 8;

  private PullSchedule() {}

  /**
   * How many steps a proximal step after a step counts as; 0 if none is due.
   *
   * @param taskSteps steps of the task before it
   * @param interval the largest gap, at least 1
   */
  static int due(final long taskSteps, final int interval) {
    final long gap = Math.min(interval, Long.highestOneBit(Math.max(1, taskSteps / GROWTH)));
    return (taskSteps + 1) % gap == 0 ? (int) gap : 0;
  }
}
