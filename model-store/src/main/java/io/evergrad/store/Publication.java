/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store;

/**
 * How a publication ended.
 *
 * @param outcome whether this call published the version
 * @param number the version's number, at least 1
 */
public record Publication(Outcome outcome, long number) {

  /** Ways for a publication to succeed. */
  public enum Outcome {
    /** The version is new. */
    PUBLISHED,
    /** An earlier call with the same key published it; what was staged again is dropped. */
    ALREADY_PUBLISHED
  }
}
