/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.stream;

/** How the tasks of a stream differ. */
public enum Scenario {
  /** Task 1 is the data set; every later task shuffles the pixels by a permutation of its own. */
  PERMUTED,
  /** The k-th of T tasks turns the images by (k − 1)·180/T degrees, counter-clockwise. */
  ROTATED,
  /** Each task has classes of its own; a label is the class's index within its task. */
  SPLIT
}
