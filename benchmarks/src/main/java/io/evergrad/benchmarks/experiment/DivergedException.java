/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

/** Learning diverged: an outcome of its own, not a fault. */
public final class DivergedException extends Exception {
  private static final long serialVersionUID = 1L;

  /** With the learner's own message. */
  public DivergedException(final String message, final Throwable cause) {
    super(message, cause);
  }
}
