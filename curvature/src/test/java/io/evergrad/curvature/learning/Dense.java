/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/** Small dense matrices in plain Java: the truth that native results are compared with. */
final class Dense {

  private Dense() {}

  static double[] values(final HostTensor tensor) {
    final ByteBuffer bytes = ByteBuffer.wrap(tensor.data()).order(ByteOrder.LITTLE_ENDIAN);
    final double[] values = new double[tensor.data().length / tensor.type().bytes()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          tensor.type() == HostTensor.ElementType.FLOAT32 ? bytes.getFloat() : bytes.getDouble();
    }
    return values;
  }

  /** A square matrix that a state holds by its eigenvectors and eigenvalues. */
  static double[][] symmetric(final Map<String, HostTensor> state, final String name) {
    final double[] values = values(state.get(name + ".values"));
    final double[] basis = values(state.get(name + ".basis"));
    final int n = values.length;
    final double[][] vectors = new double[n][n];
    for (int i = 0; i < basis.length; i++) {
      vectors[i / n][i % n] = basis[i];
    }
    return new Eigen(values, vectors).map(value -> value);
  }

  /** An array of two axes, or of one as a single column. */
  static double[][] matrix(final NDArray array) {
    final float[] values = array.toFloatArray();
    final int rows = (int) array.getShape().get(0);
    final int columns = values.length / rows;
    final double[][] matrix = new double[rows][columns];
    for (int i = 0; i < values.length; i++) {
      matrix[i / columns][i % columns] = values[i];
    }
    return matrix;
  }

  /** [W b]. */
  static double[][] extended(final NDArray weight, final NDArray bias) {
    final double[][] w = matrix(weight);
    final float[] b = bias.toFloatArray();
    final double[][] joined = new double[w.length][w[0].length + 1];
    for (int i = 0; i < w.length; i++) {
      System.arraycopy(w[i], 0, joined[i], 0, w[0].length);
      joined[i][w[0].length] = b[i];
    }
    return joined;
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
      for (int j = 0; j < b[0].length; j++) {
        for (int k = 0; k < b.length; k++) {
          product[i][j] += a[i][k] * b[k][j];
        }
      }
    }
    return product;
  }

  /** a + scale · b. */
  static double[][] plus(final double[][] a, final double scale, final double[][] b) {
    final double[][] sum = new double[a.length][a[0].length];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a[0].length; j++) {
        sum[i][j] = a[i][j] + scale * b[i][j];
      }
    }
    return sum;
  }

  static double[][] kronecker(final double[][] a, final double[][] b) {
    final double[][] product = new double[a.length * b.length][a[0].length * b[0].length];
    for (int i = 0; i < product.length; i++) {
      for (int j = 0; j < product[0].length; j++) {
        product[i][j] = a[i / b.length][j / b[0].length] * b[i % b.length][j % b[0].length];
      }
    }
    return product;
  }

  static double trace(final double[][] a) {
    double trace = 0;
    for (int i = 0; i < a.length; i++) {
      trace += a[i][i];
    }
    return trace;
  }

  static double[] flat(final double[][] a) {
    final double[] flat = new double[a.length * a[0].length];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = a[i / a[0].length][i % a[0].length];
    }
    return flat;
  }

  /** x with a x = b, by Gaussian elimination with pivots. */
  static double[] solve(final double[][] a, final double[] b) {
    final int n = b.length;
    final double[][] rows = new double[n][n + 1];
    for (int i = 0; i < n; i++) {
      System.arraycopy(a[i], 0, rows[i], 0, n);
      rows[i][n] = b[i];
    }
    for (int k = 0; k < n; k++) {
      int pivot = k;
      for (int i = k; i < n; i++) {
        pivot = Math.abs(rows[i][k]) > Math.abs(rows[pivot][k]) ? i : pivot;
      }
      final double[] swapped = rows[k];
      rows[k] = rows[pivot];
      rows[pivot] = swapped;
      for (int i = 0; i < n; i++) {
        final double factor = i == k ? 0 : rows[i][k] / rows[k][k];
        for (int j = k; j <= n; j++) {
          rows[i][j] -= factor * rows[k][j];
        }
      }
    }
    final double[] x = new double[n];
    for (int i = 0; i < n; i++) {
      x[i] = rows[i][n] / rows[i][i];
    }
    return x;
  }

  /** Eigenvalues and, as columns, eigenvectors of a symmetric matrix. */
  record Eigen(double[] values, double[][] vectors) {

    double largest() {
      double largest = values[0];
      for (final double value : values) {
        largest = Math.max(largest, value);
      }
      return largest;
    }

    double[][] map(final DoubleUnaryOperator f) {
      final double[][] scaled = new double[values.length][values.length];
      for (int i = 0; i < values.length; i++) {
        for (int j = 0; j < values.length; j++) {
          scaled[i][j] = vectors[i][j] * f.applyAsDouble(values[j]);
        }
      }
      return multiply(scaled, transpose(vectors));
    }
  }

  /** By Jacobi rotations. */
  static Eigen eigen(final double[][] symmetric) {
    final int n = symmetric.length;
    double[][] a = symmetric;
    double[][] v = identity(n);
    for (int sweep = 0; sweep < 50; sweep++) {
      for (int p = 0; p < n; p++) {
        for (int q = p + 1; q < n; q++) {
          final double angle = 0.5 * Math.atan2(2 * a[p][q], a[q][q] - a[p][p]);
          final double[][] rotation = identity(n);
          rotation[p][p] = Math.cos(angle);
          rotation[q][q] = Math.cos(angle);
          rotation[p][q] = Math.sin(angle);
          rotation[q][p] = -Math.sin(angle);
          a = multiply(transpose(rotation), multiply(a, rotation));
          v = multiply(v, rotation);
        }
      }
    }
    final double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = a[i][i];
    }
    return new Eigen(values, v);
  }

  static double[][] identity(final int n) {
    final double[][] identity = new double[n][n];
    for (int i = 0; i < n; i++) {
      identity[i][i] = 1;
    }
    return identity;
  }
}
