/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

/**
 * Whether a method reaches a bar.
 *
 * @param row the method
 * @param what the figure
 * @param measured for people
 * @param required for people
 * @param met whether it is reached
 * @param decided whether all that it takes was measured
 */
public record Verdict(
    Row row, String what, String measured, String required, boolean met, boolean decided) {

  Verdict(
      final Row row,
      final String what,
      final String measured,
      final String required,
      final boolean met) {
    this(row, what, measured, required, met, true);
  }

  /** What it is compared with was not measured. */
  static Verdict undecided(final Row row, final String what, final String required) {
    return new Verdict(row, what, "–", required, false, false);
  }
}
