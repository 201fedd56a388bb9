/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.symmetry.Leaf;
import java.util.List;

/**
 * A weight and, where it has one, the bias that follows it among the leaves: a map x ↦ W x + b with
 * W a matrix of units × inputs, whatever the weight's own axes are. A vector by itself, such as the
 * gain of a normalisation, is a layer of one input.
 *
 * @param weight index of the weight among the leaves
 * @param biased whether the next leaf is its bias, one element a unit
 * @param name of the weight
 * @param units rows of W
 * @param inputs columns of W
 */
public record Layer(int weight, boolean biased, String name, int units, int inputs) {

  /**
   * A layer of given leaves.
   *
   * @param unitAxes how many of the weight's axes, from the first, run over units
   * @throws IllegalArgumentException naming the bias if it has not one element a unit
   */
  public static Layer of(
      final List<Leaf> leaves, final int weight, final boolean biased, final int unitAxes) {
    final Leaf leaf = leaves.get(weight);
    final int units = product(leaf.shape().subList(0, unitAxes));
    final int inputs = product(leaf.shape().subList(unitAxes, leaf.shape().size()));
    if (biased && leaves.get(weight + 1).count() != units) {
      throw new IllegalArgumentException(
          "leaf '"
              + leaves.get(weight + 1).name()
              + "' of shape "
              + leaves.get(weight + 1).shape()
              + " is no bias of '"
              + leaf.name()
              + "', which has "
              + units
              + " units");
    }
    return new Layer(weight, biased, leaf.name(), units, inputs);
  }

  private static int product(final List<Integer> lengths) {
    return lengths.stream().reduce(1, Math::multiplyExact);
  }

  /** Index of the leaf after its last. */
  public int end() {
    return weight + (biased ? 2 : 1);
  }

  /** Whether it is a vector by itself. */
  public boolean vector() {
    return inputs == 1 && !biased;
  }

  /** Columns of [W b], or of W where there is no bias. */
  public int columns() {
    return inputs + (biased ? 1 : 0);
  }

  /** Shape of W. */
  public Shape shape() {
    return new Shape(units, inputs);
  }
}
