/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * The running curvature of a few consecutive leaves of a network, or of all, its inverse root H⁻¹,
 * and the step by it. Lists of arrays are one a leaf of the whole network. Holds native state on
 * the manager that it was made with.
 */
interface Preconditioner {

  /**
   * Takes a gradient into S_g.
   *
   * @param decay what S_g is multiplied by before; the gradient by 1 less that
   */
  void accumulate(NDList gradient, double decay);

  /**
   * Computes H⁻¹ anew.
   *
   * @param steps how many gradients S_g has taken, at least 1
   * @return how often damping had to grow before the result was finite
   */
  int renew(long steps);

  /**
   * Takes a step along a moving average of H⁻¹g, a step ahead ({@link Momentum}). What is kept is
   * the average over {@link #levels}.
   *
   * @param gradient g, which may be overwritten
   * @param rate η
   * @param loss of the examples that g is of, as {@link LearningRule#step} takes it
   * @param before steps taken before this one
   */
  void step(NDList gradient, double rate, double loss, long before);

  /** For each of its leaves, what its moving average is times to be one of H⁻¹g; 0 without H⁻¹. */
  List<Double> levels();

  /** Shows S_g, by name. */
  void readMoments(BiConsumer<String, NDArray> reader);

  /** Shows S_g, by name, and takes what the writer leaves in its place. */
  void writeMoments(BiConsumer<String, NDArray> writer);

  /** The arrays that a step must borrow into its own scope. */
  NDList borrowed();

  /** Visits every array that it holds, by name. */
  void forEachArray(BiConsumer<String, NDArray> action);

  /**
   * Adds to a state what it holds beside its arrays.
   *
   * @param prefix of its names
   */
  default void save(final String prefix, final Map<String, HostTensor> state) {}

  /** Goes on from what {@link #save} added; names a tensor that does not fit in its exception. */
  default void restore(final String prefix, final Map<String, HostTensor> state) {}
}
