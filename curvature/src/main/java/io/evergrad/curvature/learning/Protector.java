/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.evergrad.curvature.kinds.Kind;
import io.evergrad.curvature.kinds.Range;
import io.evergrad.curvature.network.ExampleGradients;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.IntSupplier;

/** Keeps what earlier tasks need. Holds native state on the manager that it was made with. */
interface Protector {

  /** Takes a sample of the Fisher: gradients of labels drawn from the model. */
  void observe(ExampleGradients sampled);

  /** Λ ← γΛ + N·F, μ ← θ. */
  void consolidate(NDList parameters, long examples);

  /**
   * Λ ← γΛ + Σ N_i·F_i, μ ← θ, in the order of the learners; those without a sample leave nothing.
   * What this protector observed itself is forgotten.
   *
   * @param learned one entry a learner
   * @param retention γ
   */
  default void consolidate(
      final NDList parameters, final List<TaskEvidence> learned, final double retention) {
    final List<TaskEvidence> sampled = learned.stream().filter(e -> e.samples() > 0).toList();
    if (sampled.isEmpty()) {
      return;
    }
    double kept = retention;
    for (final TaskEvidence one : sampled) {
      forEachFisher((name, array) -> TensorCopies.restore(array, one.fisher(), name));
      accumulate(kept, Evidence.factor(one.examples(), one.samples()));
      kept = 1;
    }
    evidence().add(sampled.stream().mapToLong(TaskEvidence::examples).sum(), retention);
    settle(parameters);
  }

  /** What this task has left so far. */
  default TaskEvidence taskEvidence(final long examples) {
    final SortedMap<String, HostTensor> fisher = new TreeMap<>();
    if (evidence().any()) {
      forEachFisher((name, array) -> fisher.put(name, TensorCopies.toHost(array)));
    }
    return new TaskEvidence(examples, evidence().samples(), fisher);
  }

  /** Forgets what was observed in this task. */
  default void forgetTask() {
    evidence().forgetSamples();
    forEachFisher((name, array) -> array.muli(0));
  }

  /** Λ, μ and ΣN by name. */
  default SortedMap<String, HostTensor> posterior() {
    final SortedMap<String, HostTensor> posterior = new TreeMap<>();
    posterior.put("weight", TensorCopies.ofDouble(evidence().weight()));
    forEachPosterior((name, array) -> posterior.put(name, TensorCopies.toHost(array)));
    return posterior;
  }

  /** Takes another's Λ, μ and ΣN; what was observed in this task stays. */
  default void adopt(final Map<String, HostTensor> posterior) {
    forEachPosterior((name, array) -> TensorCopies.restore(array, posterior, name));
    evidence().weight(TensorCopies.doubleAt(posterior, "weight"));
    derive();
  }

  /** Samples of this task, and ΣN. */
  Evidence evidence();

  /** Λ ← kept·Λ + factor·F. */
  void accumulate(double kept, double factor);

  /** F ← 0, μ ← θ, and {@link #derive}. */
  void settle(NDList parameters);

  /** Computes anew what the proximal step needs of Λ. */
  void derive();

  /** Visits the running Fisher, by name. */
  void forEachFisher(BiConsumer<String, NDArray> action);

  /** Visits Λ and μ, by name. */
  void forEachPosterior(BiConsumer<String, NDArray> action);

  /**
   * Lets the learning rule take a step, and bounds what that does to earlier tasks: by {@link
   * #pull} after it, or otherwise.
   *
   * @param gradient mean gradient of the loss, which the step is taken by, and may overwrite
   * @param pulled steps that a proximal step is due for; 0: none is due
   * @param step moves the parameters in place, and says how often damping had to grow
   * @return what the step returned
   */
  default int guard(
      final NDList parameters, final NDList gradient, final int pulled, final IntSupplier step) {
    final int retries = step.getAsInt();
    if (pulled > 0) {
      pull(parameters, pulled);
    }
    return retries;
  }

  /**
   * θ ← μ + (I + wΛ)⁻¹(θ − μ), in place, w {@link LearnerSettings#proximalWeight}.
   *
   * @param steps that it counts as
   */
  void pull(NDList parameters, int steps);

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
  default Optional<SpectralFactor> factorOn(
      final int layer, final AffineMaps.Axis averaged, final Range range) {
    return Optional.empty();
  }

  /** Every array that it holds: a step borrows them into its own scope. */
  NDList arrays();

  /** The state by name: what this task has left so far, Λ, μ and ΣN. */
  default SortedMap<String, HostTensor> state() {
    final SortedMap<String, HostTensor> state = new TreeMap<>();
    evidence().writeTo(state);
    forEachFisher((name, array) -> state.put(name, TensorCopies.toHost(array)));
    forEachPosterior((name, array) -> state.put(name, TensorCopies.toHost(array)));
    return state;
  }

  /**
   * Goes on from a state; names a tensor that does not fit in its exception. The proximal step is
   * derived from Λ anew, by the strength and the learning rate that are set now.
   */
  default void restore(final Map<String, HostTensor> state) {
    evidence().readFrom(state);
    forEachFisher((name, array) -> TensorCopies.restore(array, state, name));
    forEachPosterior((name, array) -> TensorCopies.restore(array, state, name));
    derive();
  }

  /** Whether it wants Fisher samples. */
  boolean active();

  /** Nothing is kept. */
  Protector NONE =
      new Protector() {
        @Override
        public void observe(final ExampleGradients sampled) {}

        @Override
        public void consolidate(final NDList parameters, final long examples) {}

        @Override
        public Evidence evidence() {
          return new Evidence();
        }

        @Override
        public void accumulate(final double kept, final double factor) {}

        @Override
        public void settle(final NDList parameters) {}

        @Override
        public void derive() {}

        @Override
        public void forEachFisher(final BiConsumer<String, NDArray> action) {}

        @Override
        public void forEachPosterior(final BiConsumer<String, NDArray> action) {}

        @Override
        public void pull(final NDList parameters, final int steps) {}

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
