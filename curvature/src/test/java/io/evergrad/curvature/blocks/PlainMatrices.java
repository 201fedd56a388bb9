/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.blocks;

import java.util.List;
import java.util.function.DoubleUnaryOperator;

/** Matrix functions in plain Java, sharing no code with what they judge. */
final class PlainMatrices {
  private static final int NEWTON_STEPS = 200;

  private PlainMatrices() {}

  static double[] flat(final double[][] a) {
    final double[] flat = new double[a.length * a[0].length];
    for (int i = 0; i < a.length; i++) {
      System.arraycopy(a[i], 0, flat, i * a[0].length, a[0].length);
    }
    return flat;
  }

  static double[][] transpose(final double[][] a) {
    final double[][] t = new double[a[0].length][a.length];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a[0].length; j++) {
        t[j][i] = a[i][j];
      }
    }
    return t;
  }

  static double[][] multiply(final double[][] a, final double[][] b) {
    final double[][] product = new double[a.length][b[0].length];
    for (int i = 0; i < a.length; i++) {
      for (int k = 0; k < b.length; k++) {
        for (int j = 0; j < b[0].length; j++) {
          product[i][j] += a[i][k] * b[k][j];
        }
      }
    }
    return product;
  }

  /** Σ GᵀG. */
  static double[][] sumOfGrams(final List<double[][]> gradients) {
    final int n = gradients.get(0)[0].length;
    final double[][] sum = new double[n][n];
    for (final double[][] g : gradients) {
      final double[][] gram = multiply(transpose(g), g);
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          sum[i][j] += gram[i][j];
        }
      }
    }
    return sum;
  }

  /** U Vᵀ of U Σ Vᵀ, by Muon's way: the iteration X ← (3 X − X Xᵀ X) / 2 from X = G / ‖G‖. */
  static double[][] polarFactor(final double[][] g) {
    double norm = 0;
    for (final double value : flat(g)) {
      norm += value * value;
    }
    double[][] x = new double[g.length][g[0].length];
    for (int i = 0; i < g.length; i++) {
      for (int j = 0; j < g[0].length; j++) {
        x[i][j] = g[i][j] / Math.sqrt(norm);
      }
    }
    for (int step = 0; step < NEWTON_STEPS; step++) {
      final double[][] cubed = multiply(multiply(x, transpose(x)), x);
      final double[][] next = new double[x.length][x[0].length];
      for (int i = 0; i < x.length; i++) {
        for (int j = 0; j < x[0].length; j++) {
          next[i][j] = 1.5 * x[i][j] - 0.5 * cubed[i][j];
        }
      }
      x = next;
    }
    return x;
  }

  /** (A + λ s_max I)^p of a symmetric A, by Jacobi rotations. */
  static double[][] dampedPower(final double[][] a, final double power, final double damping) {
    final int n = a.length;
    double[][] d = a;
    double[][] v = new double[n][n];
    for (int i = 0; i < n; i++) {
      v[i][i] = 1;
    }
    for (int sweep = 0; sweep < 40; sweep++) {
      for (int p = 0; p < n; p++) {
        for (int q = p + 1; q < n; q++) {
          final double angle = 0.5 * Math.atan2(2 * d[p][q], d[q][q] - d[p][p]);
          final double[][] rotation = new double[n][n];
          for (int i = 0; i < n; i++) {
            rotation[i][i] = 1;
          }
          rotation[p][p] = Math.cos(angle);
          rotation[q][q] = Math.cos(angle);
          rotation[p][q] = Math.sin(angle);
          rotation[q][p] = -Math.sin(angle);
          d = multiply(transpose(rotation), multiply(d, rotation));
          v = multiply(v, rotation);
        }
      }
    }
    double largest = 0;
    for (int i = 0; i < n; i++) {
      largest = Math.max(largest, d[i][i]);
    }
    final double floor = damping * largest;
    final DoubleUnaryOperator f = s -> Math.pow(Math.max(s, 0) + floor, power);
    final double[][] scaled = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        scaled[i][j] = v[i][j] * f.applyAsDouble(d[j][j]);
      }
    }
    return multiply(scaled, transpose(v));
  }
}
