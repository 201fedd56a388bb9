/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

import java.util.List;
import java.util.Objects;

/**
 * What a report's tables were filled with, apart from what each outcome says of itself.
 *
 * @param trainImages training images
 * @param testImages test images
 * @param code digest of the code as it is now
 * @param seeds of the reported runs
 * @param validationSeed of the runs that tune
 * @param quick whether the streams were shortened, so that figures mean nothing
 * @param command that fills the tables
 */
public record Setting(
    int trainImages,
    int testImages,
    String code,
    List<Long> seeds,
    long validationSeed,
    boolean quick,
    String command) {
  private static final int BARS_TRAIN_IMAGES = 60_000;
  private static final int BARS_TEST_IMAGES = 10_000;
  private static final int BARS_SEEDS = 3;

  /** Copies the seeds. */
  public Setting {
    seeds = List.copyOf(seeds);
    Objects.requireNonNull(command, "command");
  }

  /**
   * Whether the bars are stated for this: the full streams, three seeds or more, and all images.
   *
   * @param images whether any table is of images
   */
  boolean barsApply(final boolean images) {
    return !quick
        && seeds.size() >= BARS_SEEDS
        && (!images || trainImages == BARS_TRAIN_IMAGES && testImages == BARS_TEST_IMAGES);
  }
}
