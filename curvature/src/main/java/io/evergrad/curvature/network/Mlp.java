/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.network.ExampleGradients.Factors;
import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.GroupType;
import io.evergrad.curvature.symmetry.Leaf;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.ArrayList;
import java.util.LinkedList;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * A multi-layer perceptron: layer l computes φ(W_l a + b_l), the last without φ. Its parameters are
 * W_1, b_1, W_2, b_2, …; W_l has shape units × inputs.
 *
 * <p>The backward pass is written out rather than recorded: it yields each layer's inputs a and the
 * loss's derivatives by its pre-activations, of which gradients, per-example gradients and Fisher
 * averages are all products ({@link ExampleGradients}).
 */
public final class Mlp implements Network {
  private final MlpSpec spec;
  private final Symmetry symmetry;
  private final List<Layer> layers;

  /** A network of that shape. */
  public Mlp(final MlpSpec spec) {
    this.spec = spec;
    final List<Integer> sizes = spec.sizes();
    final GroupType type =
        spec.activation().odd() ? GroupType.SIGNED_PERMUTATION : GroupType.PERMUTATION;
    final SortedMap<String, Group> groups = new TreeMap<>();
    final List<Leaf> list = new ArrayList<>();
    final int layerCount = sizes.size() - 1;
    for (int l = 1; l <= layerCount; l++) {
      final String in = l == 1 ? Leaf.FREE : "hidden" + (l - 1);
      final String out = l == layerCount ? Leaf.FREE : "hidden" + l;
      if (l < layerCount) {
        groups.put(out, new Group(type, sizes.get(l)));
      }
      list.add(
          new Leaf(
              "layer" + l + ".weight", List.of(sizes.get(l), sizes.get(l - 1)), List.of(out, in)));
      list.add(new Leaf("layer" + l + ".bias", List.of(sizes.get(l)), List.of(out)));
    }
    symmetry = new Symmetry(groups, list);
    layers = IntStream.range(0, layerCount).mapToObj(l -> Layer.of(list, 2 * l, true, 1)).toList();
  }

  @Override
  public MlpSpec spec() {
    return spec;
  }

  /** The exact symmetry: each hidden layer's units, on all their tensors. */
  @Override
  public Symmetry symmetry() {
    return symmetry;
  }

  @Override
  public boolean proven() {
    return true;
  }

  @Override
  public List<Layer> layers() {
    return layers;
  }

  /**
   * Seeded initial parameters: normal weights of variance 2 / inputs before a ReLU or GELU, 1 /
   * inputs otherwise (He et al. 2015); biases zero.
   *
   * @return float32 arrays on the manager, one a leaf
   */
  @Override
  public NDList initialise(final NDManager manager, final long seed) {
    final SplittableRandom random = new SplittableRandom(seed);
    final NDList parameters = new NDList();
    for (int i = 0; i < leaves().size(); i++) {
      final Leaf leaf = leaves().get(i);
      final float[] values = new float[Math.toIntExact(leaf.count())];
      if (leaf.shape().size() == 2) {
        final boolean rectified = i < leaves().size() - 2 && !spec.activation().odd();
        final double deviation = Math.sqrt((rectified ? 2.0 : 1.0) / leaf.shape().get(1));
        for (int j = 0; j < values.length; j++) {
          values[j] = (float) (random.nextGaussian() * deviation);
        }
      }
      parameters.add(
          manager.create(
              values, new Shape(leaf.shape().stream().mapToLong(Integer::longValue).toArray())));
    }
    return parameters;
  }

  @Override
  public Pass forward(final NDArray features, final NDList parameters) {
    final List<NDArray> inputs = new ArrayList<>();
    final List<NDArray> preActivations = new ArrayList<>();
    NDArray a = features;
    for (int l = 0; l < layers.size(); l++) {
      inputs.add(a);
      final NDArray z = a.matMul(parameters.get(2 * l).transpose()).addi(parameters.get(2 * l + 1));
      preActivations.add(z);
      a = l < layers.size() - 1 ? spec.activation().apply(z) : z;
    }
    return new MlpPass(parameters, inputs, preActivations);
  }

  /**
   * What a forward pass leaves behind for the backward pass.
   *
   * @param inputs for each layer the examples' inputs a, B × inputs
   * @param preActivations for each layer z = W a + b, B × units; the last are the logits
   */
  private final class MlpPass implements Pass {
    private final NDList parameters;
    private final List<NDArray> inputs;
    private final List<NDArray> preActivations;

    MlpPass(
        final NDList parameters, final List<NDArray> inputs, final List<NDArray> preActivations) {
      this.parameters = parameters;
      this.inputs = inputs;
      this.preActivations = preActivations;
    }

    @Override
    public NDArray logits() {
      return preActivations.get(preActivations.size() - 1);
    }

    @Override
    public ExampleGradients backward(final NDArray logitDerivative) {
      final LinkedList<Factors> factors = new LinkedList<>();
      NDArray delta = logitDerivative;
      for (int l = inputs.size() - 1; l >= 0; l--) {
        factors.addFirst(new Factors(delta.expandDims(1), null));
        factors.addFirst(new Factors(delta.expandDims(1), inputs.get(l).expandDims(1)));
        if (l > 0) {
          delta =
              delta
                  .matMul(parameters.get(2 * l))
                  .muli(spec.activation().derivative(preActivations.get(l - 1), inputs.get(l)));
        }
      }
      return new ExampleGradients(leaves(), List.copyOf(factors), 1);
    }
  }
}
