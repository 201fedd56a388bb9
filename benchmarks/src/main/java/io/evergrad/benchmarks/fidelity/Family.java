/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.ConvolutionalSpec;
import io.evergrad.curvature.network.MlpSpec;
import io.evergrad.curvature.network.NetworkSpec;
import io.evergrad.curvature.network.Normalisation;
import io.evergrad.curvature.network.RecurrentSpec;
import io.evergrad.curvature.network.TransformerSpec;
import java.util.List;

/** A family of networks, by a member small enough for exact matrices, and its data. */
public enum Family {
  MLP(
      "MLP",
      new MlpSpec(PooledImages.SIDE * PooledImages.SIDE, List.of(8, 8), 10, Activation.TANH),
      192,
      1_000),
  CONVOLUTIONAL(
      "convolutional",
      new ConvolutionalSpec(
          1, PooledImages.SIDE, PooledImages.SIDE, List.of(4, 6), 3, 2, 10, Activation.GELU),
      192,
      1_000),
  RECURRENT(
      "recurrent",
      new RecurrentSpec(PooledImages.SIDE, PooledImages.SIDE, List.of(14), 10, Activation.TANH),
      192,
      1_000),
  TRANSFORMER("Transformer", new TransformerSpec(6, 16, 8, 2, 12, 1, Normalisation.RMS), 64, 1_500);

  private final String label;
  private final NetworkSpec spec;
  private final int examples;
  private final int steps;

  Family(final String label, final NetworkSpec spec, final int examples, final int steps) {
    this.label = label;
    this.spec = spec;
    this.examples = examples;
    this.steps = steps;
  }

  /** What tables call it. */
  String label() {
    return label;
  }

  /** The network. */
  NetworkSpec spec() {
    return spec;
  }

  /** Examples that all matrices are means over. */
  int examples() {
    return examples;
  }

  /** Steps to the end of training. */
  int steps() {
    return steps;
  }

  /** Its data. */
  Source source() {
    return spec.tokens() ? new LicenceText(spec.classes(), spec.inputs()) : new PooledImages();
  }
}
