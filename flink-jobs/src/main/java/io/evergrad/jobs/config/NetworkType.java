/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.config;

/** The networks that a configuration can name. */
public enum NetworkType {
  /** A multi-layer perceptron. */
  MLP,
  /** Convolutions over an image, then a fully connected layer. */
  CONVOLUTIONAL,
  /** Elman layers over a sequence, then a fully connected layer on the last step. */
  RECURRENT,
  /** A causal Transformer that predicts the next token of a text. */
  TRANSFORMER
}
