/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

import io.evergrad.benchmarks.experiment.Experiment;
import io.evergrad.benchmarks.experiment.Method;
import io.evergrad.benchmarks.experiment.Split;
import io.evergrad.benchmarks.experiment.StreamDefinition;
import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.jobs.config.EvergradOptions;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A method in a comparison.
 *
 * @param name for bars, files and the command line, such as {@code online-ewc}
 * @param label for people
 * @param role what it is in the comparison
 * @param tunes what is searched for
 * @param joint whether it learns all tasks at once
 * @param options values by their keys in {@link EvergradOptions}, without {@link
 *     EvergradOptions#PREFIX}; learning rate, strength and memory are where searches begin
 */
public record Contender(
    String name,
    String label,
    Role role,
    Tuning tunes,
    boolean joint,
    SortedMap<String, String> options) {

  /** What is searched for, and in which order. */
  public enum Tuning {
    /** Nothing: the settings as they are. */
    NOTHING,
    /** The learning rate, with all else as it is. */
    RATE(Tuned.RATE),
    /**
     * The learning rate without protection; then the strength at that rate; then the rate again at
     * that strength, as one that is low only to forget less need not be low any more.
     */
    RATE_AND_STRENGTH(Tuned.UNPROTECTED_RATE, Tuned.STRENGTH, Tuned.RATE),
    /**
     * The memory κ of a preconditioner that remembers, at the default learning rate; then the rate
     * at that memory.
     */
    MEMORY_AND_RATE(Tuned.MEMORY, Tuned.RATE);

    private final List<Tuned> order;

    Tuning(final Tuned... order) {
      this.order = List.of(order);
    }

    /** The searches, each with what those before it have found. */
    List<Tuned> order() {
      return order;
    }
  }

  /** Copies the options. */
  public Contender {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(label, "label");
    Objects.requireNonNull(role, "role");
    Objects.requireNonNull(tunes, "tunes");
    options = Collections.unmodifiableSortedMap(new TreeMap<>(options));
  }

  /** The same with other options laid over its own. */
  Contender with(final Map<String, String> others) {
    final SortedMap<String, String> laid = new TreeMap<>(options);
    laid.putAll(others);
    return new Contender(name, label, role, tunes, joint, laid);
  }

  /**
   * As a job would be configured, but for what is tuned.
   *
   * @throws RuntimeException if the job would refuse the options
   */
  Method method() {
    final SortedMap<String, String> prefixed = new TreeMap<>();
    options.forEach((key, value) -> prefixed.put(EvergradOptions.PREFIX + key, value));
    final Method method = new Method(name, prefixed);
    Objects.requireNonNull(method.learner());
    return method;
  }

  /** A run of it, as it was tuned. */
  Experiment experiment(
      final Method tuned,
      final long seed,
      final Split split,
      final StreamDefinition stream,
      final int curveInterval) {
    return new Experiment(tuned.options(), seed, split, stream.joint(joint), curveInterval);
  }

  /** Its learning rule alone, under the same name. */
  Method unprotected() {
    final SortedMap<String, String> learner = new TreeMap<>(method().options());
    learner.keySet().removeIf(key -> key.startsWith(EvergradOptions.PREFIX + "protection."));
    learner.putAll(Map.of(EvergradOptions.PROTECTION.key(), Protection.NONE.name()));
    return new Method(name, learner);
  }
}
