/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.curvature.learning.LearnerSettings.Rule;
import io.evergrad.jobs.config.EvergradOptions;
import java.util.Collections;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.flink.configuration.Configuration;

/**
 * Something to try. With data and code, all that its outcome depends on.
 *
 * @param options of the method: {@link Method#options()}
 * @param seed of the stream, of the initial parameters and of the sampled labels
 * @param split what is learned and what is judged by
 * @param stream which tasks they are made into
 * @param curveInterval steps from one point of the learning curve to the next; 0: no curve
 */
public record Experiment(
    SortedMap<String, String> options,
    long seed,
    Split split,
    StreamDefinition stream,
    int curveInterval) {
  /** Judging an example takes about as long as learning so much of one. */
  private static final double JUDGED = 0.2;

  /** Examples of a task where only time counts: images, or windows of a text. */
  private static final int BRIEF = 6_000;

  private static final int BRIEF_TEXT = 160;

  /**
   * Copies the options.
   *
   * @throws IllegalArgumentException if the interval is below 0
   */
  public Experiment {
    options = Collections.unmodifiableSortedMap(new TreeMap<>(options));
    Objects.requireNonNull(split, "split");
    Objects.requireNonNull(stream, "stream");
    if (curveInterval < 0) {
      throw new IllegalArgumentException(
          "curve interval " + curveInterval + ": expected at least 0");
    }
  }

  /** Whether symmetry plays no part in it, so that another state of ours leaves it as it is. */
  @JsonIgnore
  public boolean ofBaseline() {
    return !Rule.SYMMETRY.name().equalsIgnoreCase(options.get(EvergradOptions.RULE.key()))
        && !Protection.SYMMETRY
            .name()
            .equalsIgnoreCase(options.get(EvergradOptions.PROTECTION.key()));
  }

  /** The method without what is tuned: such experiments take as long for an example. */
  String kind() {
    final SortedMap<String, String> kind = new TreeMap<>(options);
    kind.remove(EvergradOptions.LEARNING_RATE.key());
    kind.remove(EvergradOptions.STRENGTH.key());
    kind.remove(EvergradOptions.MEMORY.key());
    return String.join(" ", kind.values());
  }

  /**
   * How long it takes beside others, in examples learned: judging takes a part of learning.
   *
   * @param examples to learn, over all tasks
   * @param heldOut examples to judge by, over all tasks
   */
  double work(final long examples, final long heldOut) {
    final double points =
        curveInterval == 0 ? 0 : examples / ((double) batchSize() * curveInterval);
    final double rows = stream.joint() ? stream.tasks() : (stream.tasks() + 1) / 2.0;
    return examples + JUDGED * heldOut * (rows + points);
  }

  private int batchSize() {
    return Configuration.fromMap(options).get(EvergradOptions.BATCH_SIZE);
  }

  /** The same in seconds, to see how long the method takes. */
  Experiment brief() {
    final int examples = stream.texts() ? BRIEF_TEXT : BRIEF;
    return new Experiment(options, seed, split, stream.brief(examples, examples / 4), 0);
  }
}
