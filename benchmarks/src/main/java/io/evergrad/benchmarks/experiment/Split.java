/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import io.evergrad.jobs.data.IdxDataset;
import io.evergrad.jobs.data.LabelledImages;

/** What is learned and what is judged by. */
public enum Split {
  /**
   * For choosing settings: the last sixth of the training images is held out, the rest is learned,
   * and the test images are not touched.
   */
  VALIDATION {
    @Override
    public IdxDataset of(final IdxDataset data) {
      final LabelledImages train = data.train();
      final int learned = train.size() - train.size() / VALIDATION_SHARE;
      return new IdxDataset(train.slice(0, learned), train.slice(learned, train.size()));
    }
  },

  /** For reporting: all training images are learned, the test images are held out. */
  TEST {
    @Override
    public IdxDataset of(final IdxDataset data) {
      return data;
    }
  };

  private static final int VALIDATION_SHARE = 6;

  /**
   * This split of a data set.
   *
   * @throws IllegalArgumentException if a class would be held out that is not learned
   */
  public abstract IdxDataset of(IdxDataset data);
}
