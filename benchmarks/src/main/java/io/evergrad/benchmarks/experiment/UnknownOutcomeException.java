/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

/** An outcome was asked for that is not logged, of something that may only recall. */
public final class UnknownOutcomeException extends Exception {
  private static final long serialVersionUID = 1L;

  /** With what is unknown. */
  UnknownOutcomeException(final String message) {
    super(message);
  }
}
