/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

/**
 * When something is due that is done every few steps: at the start of a task, where gradients lead
 * away from what was before fastest, after each step. As the task goes on the gap grows with it, by
 * powers of two, up to the interval.
 */
final class GrowingInterval {
  /** A gap is at most the steps of the task so far by this. */
  private static final int GROWTH = 8;

  private GrowingInterval() {}

  /**
   * How many steps it counts as after a step; 0 if it is not due.
   *
   * @param taskSteps steps of the task before it
   * @param interval the largest gap, at least 1
   */
  static int due(final long taskSteps, final int interval) {
    final long gap = Math.min(interval, Long.highestOneBit(Math.max(1, taskSteps / GROWTH)));
    return (taskSteps + 1) % gap == 0 ? (int) gap : 0;
  }
}
