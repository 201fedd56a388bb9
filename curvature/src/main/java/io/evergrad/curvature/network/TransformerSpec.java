/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import java.util.Locale;
import java.util.Objects;

/**
 * The shape of a causal Transformer that predicts, at each place of a text, the token that follows.
 * An example's features are context + 1 token ids; the first {@code context} are read, the last
 * {@code context} are the targets, and the example's label is ignored.
 *
 * @param context tokens read, and predictions made, at least 1
 * @param vocabulary different tokens, at least 2; an id is in [0, vocabulary)
 * @param width of the residual stream, a multiple of {@code heads}
 * @param heads of each attention, at least 1
 * @param hidden units of each block's perceptron, at least 1
 * @param layers blocks, at least 1
 * @param normalisation before each attention, each perceptron, and the last layer
 */
public record TransformerSpec(
    int context,
    int vocabulary,
    int width,
    int heads,
    int hidden,
    int layers,
    Normalisation normalisation)
    implements NetworkSpec {

  /** Ids above this are not exact as float32. */
  private static final int MOST_TOKENS = 1 << 24;

  /**
   * @throws IllegalArgumentException if a size is out of range, naming it
   */
  public TransformerSpec {
    Objects.requireNonNull(normalisation, "normalisation");
    Sizes.atLeast("context", context, 1);
    Sizes.atLeast("vocabulary", vocabulary, 2);
    Sizes.atLeast("width", width, 1);
    Sizes.atLeast("heads", heads, 1);
    Sizes.atLeast("hidden", hidden, 1);
    Sizes.atLeast("layers", layers, 1);
    Sizes.atMostLayers("layers", layers);
    if (width % heads != 0) {
      throw new IllegalArgumentException(
          "width " + width + " with heads " + heads + ": expected a multiple of the heads");
    }
    if (vocabulary > MOST_TOKENS) {
      throw new IllegalArgumentException(
          "vocabulary " + vocabulary + ": expected at most " + MOST_TOKENS);
    }
    Sizes.elements("the token embedding", vocabulary, width);
    Sizes.elements("the position embedding", context, width);
    Sizes.elements("an attention's matrix", width, width);
    Sizes.elements("an attention's scores", heads, context, context);
    Sizes.elements("a perceptron's matrix", hidden, width);
    Sizes.elements("a perceptron's units", context, hidden);
    Sizes.elements("an example's predictions", context, vocabulary);
  }

  @Override
  public int inputs() {
    return context + 1;
  }

  /** The vocabulary. */
  @Override
  public int classes() {
    return vocabulary;
  }

  /** The context. */
  @Override
  public int predictions() {
    return context;
  }

  @Override
  public boolean tokens() {
    return true;
  }

  @Override
  public boolean labelled() {
    return false;
  }

  /**
   * The tokens that follow; labels are ignored.
   *
   * @throws IllegalArgumentException naming example and place, if a feature is no token id
   */
  @Override
  public int[] targets(final FeatureRows features, final int[] labels, final int size) {
    final int[] targets = new int[Math.multiplyExact(size, context)];
    final float[] row = new float[context + 1];
    for (int i = 0; i < size; i++) {
      features.copyTo(i, row, 0);
      for (int t = 0; t <= context; t++) {
        final int token = token(row[t], i, t);
        if (t > 0) {
          targets[i * context + t - 1] = token;
        }
      }
    }
    return targets;
  }

  private int token(final float feature, final int example, final int place) {
    if (feature >= 0 && feature < vocabulary && feature == (int) feature) {
      return (int) feature;
    }
    throw new IllegalArgumentException(
        "example "
            + example
            + ", place "
            + place
            + ": token "
            + feature
            + ", expected a whole number in [0, "
            + vocabulary
            + ")");
  }

  /** Elements of one head's queries, keys and values. */
  int headWidth() {
    return width / heads;
  }

  @Override
  public Network network() {
    return new Transformer(this);
  }

  @Override
  public String toString() {
    return "transformer context %d vocabulary %d width %d heads %d hidden %d layers %d %s-norm"
        .formatted(
            context,
            vocabulary,
            width,
            heads,
            hidden,
            layers,
            normalisation.name().toLowerCase(Locale.ROOT));
  }
}
