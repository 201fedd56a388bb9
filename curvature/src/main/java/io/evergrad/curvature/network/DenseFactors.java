/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.kinds.OuterProducts;
import java.util.ArrayList;
import java.util.List;

/**
 * The gradients of B examples in factored form: example i's gradient by W_l is d_{l,i} a_{l,i}ᵀ,
 * and by b_l it is d_{l,i}.
 *
 * @param inputs for each layer a_l, B × inputs
 * @param derivatives for each layer d_l, B × units
 */
public record DenseFactors(List<NDArray> inputs, List<NDArray> derivatives) {

  /** B. */
  public int examples() {
    return Math.toIntExact(inputs.get(0).getShape().get(0));
  }

  /** The mean gradient over the examples, one array a leaf. */
  public NDList meanGradient() {
    final NDList gradient = new NDList();
    final double scale = 1.0 / examples();
    for (int l = 0; l < inputs.size(); l++) {
      final NDArray d = derivatives.get(l).mul(scale);
      gradient.add(d.transpose().matMul(inputs.get(l)));
      gradient.add(d.sum(new int[] {0}));
    }
    return gradient;
  }

  /**
   * The gradient of each example from {@code first} (inclusive) to {@code end} (exclusive), one
   * array a leaf with a leading axis of examples.
   */
  public NDList perExample(final int first, final int end) {
    final NDList gradients = new NDList();
    final long count = end - first;
    for (int l = 0; l < inputs.size(); l++) {
      final NDArray a = inputs.get(l).get(first + ":" + end);
      final NDArray d = derivatives.get(l).get(first + ":" + end);
      gradients.add(d.reshape(new Shape(count, -1, 1)).mul(a.reshape(new Shape(count, 1, -1))));
      gradients.add(d);
    }
    return gradients;
  }

  /** The gradients of all examples as outer products, for leaves from first to end, exclusive. */
  public OuterProducts outerProducts(final int firstLeaf, final int endLeaf) {
    final List<List<NDArray>> factors = new ArrayList<>();
    for (int leaf = firstLeaf; leaf < endLeaf; leaf++) {
      final NDArray d = derivatives.get(leaf / 2);
      factors.add(leaf % 2 == 0 ? List.of(d, inputs.get(leaf / 2)) : List.of(d));
    }
    return new OuterProducts(factors);
  }
}
