/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.forgetting;

import io.evergrad.benchmarks.experiment.StreamDefinition;
import io.evergrad.benchmarks.experiment.Through;
import io.evergrad.benchmarks.measure.Machine;
import io.evergrad.jobs.stream.Scenario;
import java.util.List;
import java.util.Locale;

/**
 * What a comparison was made on.
 *
 * @param trainImages training images
 * @param testImages test images
 * @param data digest of all of them
 * @param stream which tasks they are made into
 * @param seeds of the reported runs
 * @param validationSeed of the runs on the validation split
 * @param through what carried the experiments out
 * @param version of the build
 * @param code digest of the code that outcomes depend on
 * @param machine what it ran on
 */
public record Setting(
    int trainImages,
    int testImages,
    String data,
    StreamDefinition stream,
    List<Long> seeds,
    long validationSeed,
    Through through,
    String version,
    String code,
    Machine machine) {
  private static final StreamDefinition BARS_STREAM = new StreamDefinition(Scenario.PERMUTED, 5, 0);
  private static final int BARS_TRAIN_IMAGES = 60_000;
  private static final int BARS_TEST_IMAGES = 10_000;
  private static final int BARS_SEEDS = 3;

  /** Copies the seeds. */
  public Setting {
    seeds = List.copyOf(seeds);
  }

  /**
   * Whether this is the setting that the bars are stated for: five permuted tasks of the full data,
   * one pass, at least three seeds.
   */
  public boolean barsApply() {
    return trainImages == BARS_TRAIN_IMAGES
        && testImages == BARS_TEST_IMAGES
        && stream.equals(BARS_STREAM)
        && seeds.size() >= BARS_SEEDS;
  }

  String describe() {
    return String.format(
        Locale.ROOT,
        "%,d training and %,d test images (digest %s); %d %s tasks, %s of each, as one stream",
        trainImages,
        testImages,
        data,
        stream.tasks(),
        stream.scenario().name().toLowerCase(Locale.ROOT),
        stream.examplesPerTask() == 0
            ? "all examples"
            : "%,d examples".formatted(stream.examplesPerTask()));
  }
}
