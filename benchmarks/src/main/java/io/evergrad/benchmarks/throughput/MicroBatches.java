/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.throughput;

import io.evergrad.curvature.learning.MicroBatch;
import io.evergrad.operators.decode.Batch;
import io.evergrad.operators.decode.Features;
import io.evergrad.operators.wire.Example;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Micro-batches of images in memory, as floats, each with arrays of its own, so that making them
 * need not be timed. Not thread-safe.
 */
public final class MicroBatches {
  private final List<MicroBatch> full = new ArrayList<>();
  private final Batch batch;

  /**
   * None yet.
   *
   * @param rows examples in one
   * @param width features of an example
   */
  public MicroBatches(final int rows, final int width) {
    batch = new Batch(rows, width);
  }

  /** Adds an example of a byte a feature. */
  public void add(final Example example) {
    final Features features =
        new Features(Features.Encoding.UINT8, example.getUint8().toByteArray());
    if (batch.add(features, example.getLabel())) {
      finish();
    }
  }

  /** All so far, the last one maybe of fewer examples; they are forgotten. */
  public List<MicroBatch> take() {
    if (!batch.isEmpty()) {
      finish();
    }
    final List<MicroBatch> all = List.copyOf(full);
    full.clear();
    return all;
  }

  private void finish() {
    final MicroBatch taken = batch.take();
    full.add(
        new MicroBatch(
            taken.features(),
            Arrays.copyOf(taken.labels(), taken.size()),
            taken.candidates(),
            taken.size(),
            taken.width()));
  }
}
