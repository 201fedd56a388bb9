/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import java.util.SplittableRandom;

/** Seeded examples of a problem that a linear classifier can solve. */
final class ToyStream {
  private final SplittableRandom random;
  private final int inputs;
  private final double[][] teacher;

  ToyStream(final int inputs, final int classes, final long seed) {
    random = new SplittableRandom(seed);
    this.inputs = inputs;
    teacher = new double[classes][inputs];
    for (final double[] row : teacher) {
      for (int j = 0; j < inputs; j++) {
        row[j] = random.nextGaussian();
      }
    }
  }

  MicroBatch next(final int size) {
    final float[] features = new float[size * inputs];
    final int[] labels = new int[size];
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < inputs; j++) {
        features[i * inputs + j] = (float) random.nextGaussian();
      }
      double best = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < teacher.length; c++) {
        double score = 0;
        for (int j = 0; j < inputs; j++) {
          score += teacher[c][j] * features[i * inputs + j];
        }
        if (score > best) {
          best = score;
          labels[i] = c;
        }
      }
    }
    return new MicroBatch(features, labels, size, inputs);
  }
}
