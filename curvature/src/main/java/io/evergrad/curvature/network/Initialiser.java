/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import java.util.Arrays;
import java.util.SplittableRandom;

/** A tensor's initial values. */
@FunctionalInterface
interface Initialiser {

  /**
   * @param count how many
   * @return row-major
   */
  float[] values(SplittableRandom random, int count);

  /** All the same. */
  static Initialiser constant(final float value) {
    return (random, count) -> {
      final float[] values = new float[count];
      Arrays.fill(values, value);
      return values;
    };
  }

  /** Independent, normal, with mean 0. */
  static Initialiser normal(final double deviation) {
    return (random, count) -> {
      final float[] values = new float[count];
      for (int i = 0; i < count; i++) {
        values[i] = (float) (random.nextGaussian() * deviation);
      }
      return values;
    };
  }

  /**
   * Weights that keep the scale of what they are applied to: normal, of variance 2 / inputs before
   * an activation that halves it, 1 / inputs otherwise (He et al. 2015).
   */
  static Initialiser weights(final int inputs, final Activation activation) {
    return normal(Math.sqrt((activation.odd() ? 1.0 : 2.0) / inputs));
  }

  /** A random orthogonal n × n matrix: a recurrence that neither grows nor fades. */
  static Initialiser orthogonal(final int n) {
    return (random, count) -> {
      final double[][] rows = new double[n][n];
      final float[] values = new float[count];
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          rows[i][j] = random.nextGaussian();
        }
        for (int earlier = 0; earlier < i; earlier++) {
          subtract(rows[i], rows[earlier], dot(rows[i], rows[earlier]));
        }
        final double norm = Math.sqrt(dot(rows[i], rows[i]));
        for (int j = 0; j < n; j++) {
          rows[i][j] /= norm;
          values[i * n + j] = (float) rows[i][j];
        }
      }
      return values;
    };
  }

  private static double dot(final double[] x, final double[] y) {
    double sum = 0;
    for (int j = 0; j < x.length; j++) {
      sum += x[j] * y[j];
    }
    return sum;
  }

  private static void subtract(final double[] x, final double[] y, final double factor) {
    for (int j = 0; j < x.length; j++) {
      x[j] -= factor * y[j];
    }
  }
}
