/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import io.evergrad.jobs.data.BundledFashionMnist;
import io.evergrad.jobs.data.LabelledImages;
import java.util.SplittableRandom;

/** Bundled images, of 7 × 7 means of 4 × 4 pixels, in [0, 1]. */
final class PooledImages implements Source {
  /** Rows, and columns, of a pooled image. */
  static final int SIDE = 7;

  private static final int POOL = 4;

  private final LabelledImages images = BundledFashionMnist.load().train();

  @Override
  public Examples draw(final SplittableRandom random, final int size) {
    final float[] features = new float[size * SIDE * SIDE];
    final int[] labels = new int[size];
    for (int i = 0; i < size; i++) {
      final int image = random.nextInt(images.size());
      labels[i] = images.label(image);
      pool(images.image(image), features, i * SIDE * SIDE);
    }
    return new Examples(features, labels);
  }

  private static void pool(final byte[] pixels, final float[] features, final int first) {
    final int columns = SIDE * POOL;
    for (int i = 0; i < pixels.length; i++) {
      final int cell = (i / columns) / POOL * SIDE + (i % columns) / POOL;
      features[first + cell] += Byte.toUnsignedInt(pixels[i]) / (255f * POOL * POOL);
    }
  }
}
