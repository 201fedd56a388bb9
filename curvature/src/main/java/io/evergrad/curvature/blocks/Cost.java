/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.blocks;

/**
 * What an operation costs, as {@link CostModel} counts it.
 *
 * @param flops additions and multiplications
 * @param movedBytes every array that is read or written, each time; caches are left out
 * @param workingBytes the most memory that is held at a time beside operands and blocks; a result
 *     of the operands' shapes counts
 */
public record Cost(long flops, long movedBytes, long workingBytes) {
  /** Nothing. */
  public static final Cost NONE = new Cost(0, 0, 0);

  /** One after the other. */
  public Cost plus(final Cost next) {
    return new Cost(
        Math.addExact(flops, next.flops),
        Math.addExact(movedBytes, next.movedBytes),
        Math.max(workingBytes, next.workingBytes));
  }

  /** Its share of each step where it is done every so many steps; it holds as much memory. */
  public Cost every(final int steps) {
    return new Cost(flops / steps, movedBytes / steps, workingBytes);
  }
}
