/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.evergrad.curvature.symmetry.Leaf;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.List;

/**
 * A classifier with a declared symmetry. Immutable and thread-safe: parameters are passed in, in
 * the order of the leaves.
 */
public interface Network {

  /** What it looks like. */
  NetworkSpec spec();

  /** The exact symmetry of the whole network, and with it its parameter tensors. */
  Symmetry symmetry();

  /**
   * Whether the declared symmetry is known to hold. If not, a learner tries it on its first
   * micro-batch and refuses to learn if it does not.
   */
  default boolean proven() {
    return false;
  }

  /** What is declared of which tensor, and where it was derived why an axis is free: for people. */
  default String report() {
    return symmetry().toString();
  }

  /** The parameter tensors. */
  default List<Leaf> leaves() {
    return symmetry().leaves();
  }

  /** The layers: each leaf belongs to exactly one, in the order of the leaves. */
  List<Layer> layers();

  /**
   * Seeded initial parameters.
   *
   * @return float32 arrays on the manager, one a leaf
   */
  NDList initialise(NDManager manager, long seed);

  /**
   * Runs the network.
   *
   * @param features B × inputs, of the parameters' type
   * @param parameters one a leaf, float32 or float64
   * @return what is needed to propagate derivatives back, on the features' manager
   */
  Pass forward(NDArray features, NDList parameters);
}
