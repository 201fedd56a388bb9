/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.invariance;

/**
 * An axis of a tensor.
 *
 * @param leaf the tensor's name
 * @param index which axis, from 0
 */
public record Axis(String leaf, int index) {
  @Override
  public String toString() {
    return "axis " + index + " of '" + leaf + "'";
  }
}
