/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.evergrad.curvature.kinds.Kind;
import io.evergrad.curvature.kinds.Range;
import io.evergrad.curvature.network.DenseFactors;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Keeps what earlier tasks need. Holds native state on the manager that it was made with. */
interface Protector {

  /** Takes a sample of the Fisher: gradients of labels drawn from the model. */
  void observe(DenseFactors sampled);

  /** Λ ← γΛ + N·F, μ ← θ. */
  void consolidate(NDList parameters, long examples);

  /** θ ← μ + (I + ηλΛ)⁻¹(θ − μ), in place. */
  void pull(NDList parameters);

  /** Λ / ΣN on a section's non-invariant kind, m_κ × m_κ, if there is one yet. */
  default Optional<NDArray> blockOn(final Schemes.Section section, final Kind kind) {
    return Optional.empty();
  }

  /**
   * What Λ / ΣN is on one axis of a layer's [W b] once it is averaged over the other, if there is
   * one yet.
   *
   * @param averaged the axis that is averaged over
   * @param range of the other axis, as the block limit cuts it
   */
  default Optional<NDArray> factorOn(
      final int layer, final AffineMaps.Axis averaged, final Range range) {
    return Optional.empty();
  }

  /** Every array that it holds: a step borrows them into its own scope. */
  NDList arrays();

  /** The state by name. */
  SortedMap<String, HostTensor> state();

  /** Goes on from a state; names a tensor that does not fit in its exception. */
  void restore(Map<String, HostTensor> state);

  /** Whether it wants Fisher samples. */
  boolean active();

  /** Nothing is kept. */
  Protector NONE =
      new Protector() {
        @Override
        public void observe(final DenseFactors sampled) {}

        @Override
        public void consolidate(final NDList parameters, final long examples) {}

        @Override
        public void pull(final NDList parameters) {}

        @Override
        public NDList arrays() {
          return new NDList();
        }

        @Override
        public SortedMap<String, HostTensor> state() {
          return new TreeMap<>();
        }

        @Override
        public void restore(final Map<String, HostTensor> state) {}

        @Override
        public boolean active() {
          return false;
        }
      };
}
