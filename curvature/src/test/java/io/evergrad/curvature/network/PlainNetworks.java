/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import java.util.Arrays;
import java.util.Map;

/** The networks once more, in loops over plain doubles, for one example at a time. */
final class PlainNetworks {
  private final Map<String, double[]> theta;

  /**
   * @param theta row-major values by leaf name
   */
  PlainNetworks(final Map<String, double[]> theta) {
    this.theta = theta;
  }

  /** All predictions' logits, one after the other. */
  double[] logits(final NetworkSpec spec, final double[] x) {
    if (spec instanceof ConvolutionalSpec s) {
      return convolutional(s, x);
    }
    if (spec instanceof RecurrentSpec s) {
      return recurrent(s, x);
    }
    if (spec instanceof TransformerSpec s) {
      return transformer(s, x);
    }
    return perceptron((MlpSpec) spec, x);
  }

  private double[] perceptron(final MlpSpec spec, final double[] x) {
    double[] a = x;
    final int layers = spec.hidden().size() + 1;
    for (int l = 1; l <= layers; l++) {
      a = affine("layer" + l, a);
      if (l < layers) {
        activate(a, spec.activation());
      }
    }
    return a;
  }

  private double[] convolutional(final ConvolutionalSpec spec, final double[] x) {
    double[] image = x;
    int channels = spec.channels();
    int rows = spec.height();
    int columns = spec.width();
    final int k = spec.kernel();
    for (int l = 1; l <= spec.filters().size(); l++) {
      final double[] weight = theta.get("convolution" + l + ".weight");
      final double[] bias = theta.get("convolution" + l + ".bias");
      final int outRows = (rows + spec.stride() - 1) / spec.stride();
      final int outColumns = (columns + spec.stride() - 1) / spec.stride();
      final double[] next = new double[bias.length * outRows * outColumns];
      for (int f = 0; f < bias.length; f++) {
        for (int r = 0; r < outRows; r++) {
          for (int c = 0; c < outColumns; c++) {
            double z = bias[f];
            for (int ch = 0; ch < channels; ch++) {
              for (int i = 0; i < k; i++) {
                for (int j = 0; j < k; j++) {
                  final int row = r * spec.stride() + i - k / 2;
                  final int column = c * spec.stride() + j - k / 2;
                  if (row >= 0 && row < rows && column >= 0 && column < columns) {
                    z +=
                        weight[((f * channels + ch) * k + i) * k + j]
                            * image[(ch * rows + row) * columns + column];
                  }
                }
              }
            }
            next[(f * outRows + r) * outColumns + c] = z;
          }
        }
      }
      activate(next, spec.activation());
      image = next;
      channels = bias.length;
      rows = outRows;
      columns = outColumns;
    }
    return affine("output", image);
  }

  private double[] recurrent(final RecurrentSpec spec, final double[] x) {
    final double[][] states = new double[spec.hidden().size()][];
    for (int t = 0; t < spec.steps(); t++) {
      double[] below = row(x, t, spec.width());
      for (int l = 0; l < states.length; l++) {
        final String name = "layer" + (l + 1);
        final double[] z = affine(name + ".input", below);
        if (t > 0) {
          add(z, times(theta.get(name + ".recurrent.weight"), states[l], z.length));
        }
        activate(z, spec.activation());
        states[l] = z;
        below = z;
      }
    }
    return affine("output", states[states.length - 1]);
  }

  private double[] transformer(final TransformerSpec spec, final double[] tokens) {
    final int n = spec.context();
    final int width = spec.width();
    final double[][] x = new double[n][];
    for (int t = 0; t < n; t++) {
      x[t] = row(theta.get("embedding.token"), (int) tokens[t], width);
      add(x[t], row(theta.get("embedding.position"), t, width));
    }
    for (int l = 1; l <= spec.layers(); l++) {
      final String block = "block" + l;
      final double[][] q = new double[n][];
      final double[][] k = new double[n][];
      final double[][] v = new double[n][];
      for (int t = 0; t < n; t++) {
        final double[] normal = normalise(spec, block + ".norm1", x[t]);
        q[t] = affine(block + ".attention.query", normal);
        k[t] = times(theta.get(block + ".attention.key.weight"), normal, width);
        v[t] = affine(block + ".attention.value", normal);
      }
      for (int t = 0; t < n; t++) {
        add(x[t], affine(block + ".attention.output", attend(spec, t, q, k, v)));
      }
      for (int t = 0; t < n; t++) {
        final double[] hidden =
            affine(block + ".perceptron.hidden", normalise(spec, block + ".norm2", x[t]));
        activate(hidden, Activation.GELU);
        add(x[t], affine(block + ".perceptron.output", hidden));
      }
    }
    final double[] logits = new double[n * spec.vocabulary()];
    for (int t = 0; t < n; t++) {
      System.arraycopy(
          affine("output", normalise(spec, "norm", x[t])),
          0,
          logits,
          t * spec.vocabulary(),
          spec.vocabulary());
    }
    return logits;
  }

  private static double[] attend(
      final TransformerSpec spec,
      final int t,
      final double[][] q,
      final double[][] k,
      final double[][] v) {
    final int size = spec.width() / spec.heads();
    final double[] result = new double[spec.width()];
    for (int first = 0; first < spec.width(); first += size) {
      final double[] weights = new double[t + 1];
      double sum = 0;
      for (int s = 0; s <= t; s++) {
        double score = 0;
        for (int e = first; e < first + size; e++) {
          score += q[t][e] * k[s][e];
        }
        weights[s] = Math.exp(score / Math.sqrt(size));
        sum += weights[s];
      }
      for (int s = 0; s <= t; s++) {
        for (int e = first; e < first + size; e++) {
          result[e] += weights[s] / sum * v[s][e];
        }
      }
    }
    return result;
  }

  private double[] normalise(final TransformerSpec spec, final String name, final double[] x) {
    final boolean layer = spec.normalisation() == Normalisation.LAYER;
    double mean = 0;
    double square = 0;
    for (final double value : x) {
      mean += layer ? value / x.length : 0;
    }
    for (final double value : x) {
      square += (value - mean) * (value - mean) / x.length;
    }
    final double[] result = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      result[i] =
          (x[i] - mean) / Math.sqrt(square + 1e-5) * theta.get(name + ".gain")[i]
              + (layer ? theta.get(name + ".shift")[i] : 0);
    }
    return result;
  }

  private double[] affine(final String name, final double[] x) {
    final double[] bias = theta.get(name + ".bias");
    final double[] z = times(theta.get(name + ".weight"), x, bias.length);
    add(z, bias);
    return z;
  }

  private static double[] times(final double[] matrix, final double[] x, final int rows) {
    final double[] result = new double[rows];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < x.length; j++) {
        result[i] += matrix[i * x.length + j] * x[j];
      }
    }
    return result;
  }

  private static void add(final double[] target, final double[] term) {
    for (int i = 0; i < target.length; i++) {
      target[i] += term[i];
    }
  }

  private static double[] row(final double[] matrix, final int index, final int length) {
    return Arrays.copyOfRange(matrix, index * length, (index + 1) * length);
  }

  private static void activate(final double[] z, final Activation activation) {
    for (int i = 0; i < z.length; i++) {
      z[i] =
          switch (activation) {
            case RELU -> Math.max(z[i], 0);
            case TANH -> Math.tanh(z[i]);
            case GELU -> z[i] * (1 + erf(z[i] / Math.sqrt(2))) / 2;
            case LINEAR -> z[i];
          };
    }
  }

  /** A series of terms of one sign. */
  private static double erf(final double x) {
    double term = x;
    double sum = x;
    for (int n = 1; n < 200; n++) {
      term *= 2 * x * x / (2 * n + 1);
      sum += term;
    }
    return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
  }
}
