/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.curvature.learning.LearnerSettings.Rule;
import io.evergrad.jobs.config.EvergradOptions;
import io.evergrad.jobs.config.JobConfiguration;
import io.evergrad.jobs.stream.TaskStream;
import java.util.Collections;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;

/**
 * A way to learn without forgetting.
 *
 * @param name for tables, such as {@code adam+ewc}
 * @param options what is set apart from the defaults: values by their keys in {@link
 *     EvergradOptions}
 */
public record Method(String name, SortedMap<String, String> options) {
  private static final Set<String> NAMED =
      Set.of(EvergradOptions.RULE.key(), EvergradOptions.PROTECTION.key());

  /** Copies the options. */
  public Method {
    Objects.requireNonNull(name, "name");
    options = Collections.unmodifiableSortedMap(new TreeMap<>(options));
  }

  /** A rule with a protection, all else at its default. */
  public static Method of(final Rule rule, final Protection protection) {
    return new Method(
            (rule + "+" + protection).toLowerCase(Locale.ROOT), Collections.emptySortedMap())
        .with(EvergradOptions.RULE, rule)
        .with(EvergradOptions.PROTECTION, protection);
  }

  /** The same with one option set. */
  public <T> Method with(final ConfigOption<T> option, final T value) {
    final SortedMap<String, String> changed = new TreeMap<>(options);
    changed.put(option.key(), value.toString());
    return new Method(name, changed);
  }

  /** The learner's settings, as a job would read them. */
  public LearnerSettings learner() {
    return JobConfiguration.of(options).learner();
  }

  /** The options with the seed of the network. */
  public SortedMap<String, String> options(final long seed) {
    return with(EvergradOptions.SEED, seed).options;
  }

  /** A job's configuration for a stream: the options with a seed, and a network that fits. */
  public JobConfiguration configuration(final long seed, final TaskStream stream) {
    final SortedMap<String, String> fitting = new TreeMap<>(options(seed));
    stream
        .sizes(Configuration.fromMap(options).get(EvergradOptions.NETWORK_TYPE))
        .forEach((option, size) -> fitting.put(option.key(), size.toString()));
    return JobConfiguration.of(fitting);
  }

  /** What sets it apart, but for its name: {@code learning-rate 0.002, strength 1000.0}. */
  public String settings() {
    final String set =
        options.entrySet().stream()
            .filter(option -> !NAMED.contains(option.getKey()))
            .map(option -> brief(option.getKey()) + " " + option.getValue())
            .collect(Collectors.joining(", "));
    return set.isEmpty() ? "defaults" : set;
  }

  private static String brief(final String key) {
    return key.substring(key.lastIndexOf('.') + 1);
  }
}
