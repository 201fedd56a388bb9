/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * The shape of a recurrent network: stacked Elman layers h_t = φ(W x_t + M h_{t−1} + b) with h_0 =
 * 0, and a fully connected layer on the last step's uppermost h. An example's features are a
 * sequence, step by step.
 *
 * @param steps of the sequence, at least 1
 * @param width features of one step, at least 1
 * @param hidden units of each layer, from the lowest; at least one layer
 * @param classes output classes, at least 2
 * @param activation φ
 */
public record RecurrentSpec(
    int steps, int width, List<Integer> hidden, int classes, Activation activation)
    implements NetworkSpec {

  /**
   * @throws IllegalArgumentException if a size is out of range, naming it
   */
  public RecurrentSpec {
    hidden = List.copyOf(hidden);
    Objects.requireNonNull(activation, "activation");
    Sizes.atLeast("steps", steps, 1);
    Sizes.atLeast("width", width, 1);
    Sizes.eachAtLeastOne("hidden", hidden);
    if (hidden.isEmpty()) {
      throw new IllegalArgumentException("hidden []: expected at least one layer");
    }
    Sizes.atLeast("classes", classes, 2);
    Sizes.elements("a sequence", steps, width);
    int from = width;
    for (final int to : hidden) {
      Sizes.elements("an input matrix", to, from);
      Sizes.elements("a recurrent matrix", to, to);
      Sizes.elements("a sequence of states", steps, to);
      from = to;
    }
    Sizes.elements("the fully connected layer", classes, from);
  }

  @Override
  public int inputs() {
    return steps * width;
  }

  @Override
  public Network network() {
    return new Recurrent(this);
  }

  @Override
  public String toString() {
    return "recurrent %dx%d hidden %s classes %d %s"
        .formatted(
            steps, width, Sizes.text(hidden), classes, activation.name().toLowerCase(Locale.ROOT));
  }
}
