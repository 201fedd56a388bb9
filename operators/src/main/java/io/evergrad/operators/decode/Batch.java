/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.decode;

import io.evergrad.curvature.learning.MicroBatch;
import io.evergrad.curvature.network.Candidates;
import io.evergrad.curvature.network.FeatureRows;
import java.util.Arrays;
import java.util.List;

/**
 * A micro-batch that is filled example by example, again and again. Features stay as compact as
 * they came until the micro-batch is read. Not thread-safe.
 */
public final class Batch {
  private final Features[] features;
  private final int[] labels;
  private final Candidates[] candidates;
  private final FeatureRows rows;
  private final int width;
  private int filled;

  /**
   * An empty batch.
   *
   * @param rows examples that fit, at least 1
   * @param width features of one example
   */
  public Batch(final int rows, final int width) {
    this(rows, width, new float[0], new int[0], List.of());
  }

  /**
   * A batch that holds examples already.
   *
   * @param rows examples that fit
   * @param width features of one example
   * @param features of the examples that it holds, row-major
   * @param labels of those examples, fewer than {@code rows}
   * @param candidates of those examples
   */
  public Batch(
      final int rows,
      final int width,
      final float[] features,
      final int[] labels,
      final List<Candidates> candidates) {
    this.features = new Features[rows];
    for (int row = 0; row < labels.length; row++) {
      this.features[row] =
          Features.of(Arrays.copyOfRange(features, row * width, (row + 1) * width));
    }
    this.rows = (row, target, offset) -> this.features[row].copyTo(target, offset);
    this.labels = Arrays.copyOf(labels, rows);
    this.candidates = candidates.toArray(new Candidates[rows]);
    this.width = width;
    filled = labels.length;
  }

  /**
   * Adds an example that may be of any class; whether it was the last that fits.
   *
   * @throws IllegalArgumentException if it has more or fewer features than the others
   */
  public boolean add(final Features example, final int label) {
    return add(example, label, Candidates.ALL);
  }

  /**
   * Adds an example; whether it was the last that fits.
   *
   * @throws IllegalArgumentException if it has more or fewer features than the others
   */
  public boolean add(final Features example, final int label, final Candidates among) {
    if (example.width() != width) {
      throw new IllegalArgumentException(
          "an example of " + example.width() + " features: expected " + width);
    }
    features[filled] = example;
    candidates[filled] = among;
    labels[filled++] = label;
    return filled == labels.length;
  }

  /** Whether it holds no example. */
  public boolean isEmpty() {
    return filled == 0;
  }

  /** The examples that it holds, which it then forgets; valid until the next is added. */
  public MicroBatch take() {
    final MicroBatch batch = new MicroBatch(rows, labels, candidates(), filled, width);
    filled = 0;
    return batch;
  }

  /** A copy of the features of the examples that it holds, row-major. */
  public float[] features() {
    return rows.toFloats(filled, width);
  }

  /** A copy of their labels. */
  public int[] labels() {
    return Arrays.copyOf(labels, filled);
  }

  /** Their candidates. */
  public List<Candidates> candidates() {
    return List.of(Arrays.copyOf(candidates, filled));
  }
}
