/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import java.util.List;

/**
 * The shape of a multi-layer perceptron.
 *
 * @param inputs features of one example, at least 1
 * @param hidden units of each hidden layer, in order; may be empty
 * @param classes output classes, at least 2
 * @param activation non-linearity after each hidden layer
 */
public record MlpSpec(int inputs, List<Integer> hidden, int classes, Activation activation)
    implements NetworkSpec {

  /**
   * @throws IllegalArgumentException if a size is out of range, naming it
   */
  public MlpSpec {
    hidden = List.copyOf(hidden);
    Sizes.atLeast("inputs", inputs, 1);
    Sizes.atLeast("classes", classes, 2);
    Sizes.eachAtLeastOne("hidden", hidden);
    int from = inputs;
    for (final int to : hidden) {
      Sizes.elements("a weight", to, from);
      from = to;
    }
    Sizes.elements("a weight", classes, from);
  }

  /** Sizes of all layers' sides: inputs, hidden, classes. */
  public List<Integer> sizes() {
    final Integer[] sizes = new Integer[hidden.size() + 2];
    sizes[0] = inputs;
    for (int i = 0; i < hidden.size(); i++) {
      sizes[i + 1] = hidden.get(i);
    }
    sizes[sizes.length - 1] = classes;
    return List.of(sizes);
  }

  @Override
  public Network network() {
    return new Mlp(this);
  }

  @Override
  public String toString() {
    return String.join("-", sizes().stream().map(String::valueOf).toList())
        + " "
        + activation.name().toLowerCase(java.util.Locale.ROOT);
  }
}
