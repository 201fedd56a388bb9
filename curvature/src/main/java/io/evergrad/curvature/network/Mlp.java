/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.GroupType;
import io.evergrad.curvature.symmetry.Leaf;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A multi-layer perceptron: layer l computes φ(W_l a + b_l), the last without φ. Its parameters are
 * W_1, b_1, W_2, b_2, …; W_l has shape units × inputs.
 *
 * <p>The backward pass is written out rather than recorded: it yields each layer's inputs a and the
 * loss's derivatives by its pre-activations, of which gradients, per-example gradients and Fisher
 * averages are all products ({@link DenseFactors}). Immutable; parameters are passed in.
 */
public final class Mlp {
  private final MlpSpec spec;
  private final List<Leaf> leaves;
  private final Symmetry symmetry;

  /** A network of that shape. */
  public Mlp(final MlpSpec spec) {
    this.spec = spec;
    final List<Integer> sizes = spec.sizes();
    final GroupType type =
        spec.activation().odd() ? GroupType.SIGNED_PERMUTATION : GroupType.PERMUTATION;
    final SortedMap<String, Group> groups = new TreeMap<>();
    final List<Leaf> list = new ArrayList<>();
    final int layers = sizes.size() - 1;
    for (int l = 1; l <= layers; l++) {
      final String in = l == 1 ? Leaf.FREE : "hidden" + (l - 1);
      final String out = l == layers ? Leaf.FREE : "hidden" + l;
      if (l < layers) {
        groups.put(out, new Group(type, sizes.get(l)));
      }
      list.add(
          new Leaf(
              "layer" + l + ".weight", List.of(sizes.get(l), sizes.get(l - 1)), List.of(out, in)));
      list.add(new Leaf("layer" + l + ".bias", List.of(sizes.get(l)), List.of(out)));
    }
    leaves = List.copyOf(list);
    symmetry = new Symmetry(groups, leaves);
  }

  /** The shape. */
  public MlpSpec spec() {
    return spec;
  }

  /** Number of layers, each with a weight and a bias. */
  public int layers() {
    return leaves.size() / 2;
  }

  /** The parameter tensors, with the joint symmetry's axes. */
  public List<Leaf> leaves() {
    return leaves;
  }

  /** The exact symmetry of the whole network: each hidden layer's units, on all their tensors. */
  public Symmetry symmetry() {
    return symmetry;
  }

  /**
   * Seeded initial parameters: normal weights of variance 2 / inputs before a ReLU or GELU, 1 /
   * inputs otherwise (He et al. 2015); biases zero.
   *
   * @return float32 arrays on the manager, one a leaf
   */
  public NDList initialise(final NDManager manager, final long seed) {
    final SplittableRandom random = new SplittableRandom(seed);
    final NDList parameters = new NDList();
    for (int i = 0; i < leaves.size(); i++) {
      final Leaf leaf = leaves.get(i);
      final float[] values = new float[Math.toIntExact(leaf.count())];
      if (leaf.shape().size() == 2) {
        final boolean rectified = i < leaves.size() - 2 && !spec.activation().odd();
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

  /**
   * What a forward pass leaves behind for the backward pass.
   *
   * @param inputs for each layer the examples' inputs a, B × inputs
   * @param preActivations for each layer z = W a + b, B × units; the last are the logits
   */
  public record Pass(List<NDArray> inputs, List<NDArray> preActivations) {
    /** B × classes. */
    public NDArray logits() {
      return preActivations.get(preActivations.size() - 1);
    }
  }

  /**
   * Runs the network.
   *
   * @param features B × inputs
   * @param parameters one a leaf
   */
  public Pass forward(final NDArray features, final NDList parameters) {
    final List<NDArray> inputs = new ArrayList<>();
    final List<NDArray> preActivations = new ArrayList<>();
    NDArray a = features;
    for (int l = 0; l < layers(); l++) {
      inputs.add(a);
      final NDArray z = a.matMul(parameters.get(2 * l).transpose()).addi(parameters.get(2 * l + 1));
      preActivations.add(z);
      a = l < layers() - 1 ? spec.activation().apply(z) : z;
    }
    return new Pass(inputs, preActivations);
  }

  /**
   * Propagates a derivative back.
   *
   * @param pass of the forward run with the same parameters
   * @param logitDerivative derivative of each example's loss by its logits, B × classes
   */
  public DenseFactors backward(
      final Pass pass, final NDList parameters, final NDArray logitDerivative) {
    final NDArray[] derivatives = new NDArray[layers()];
    NDArray delta = logitDerivative;
    for (int l = layers() - 1; l >= 0; l--) {
      derivatives[l] = delta;
      if (l > 0) {
        delta =
            delta
                .matMul(parameters.get(2 * l))
                .muli(
                    spec.activation()
                        .derivative(pass.preActivations().get(l - 1), pass.inputs().get(l)));
      }
    }
    return new DenseFactors(pass.inputs(), List.of(derivatives));
  }

  /**
   * Derivative of the cross-entropy by the logits, softmax(z) − onehot(label).
   *
   * @param logits B × classes
   * @param labels B, int32 or int64
   * @return B × classes
   */
  public static NDArray crossEntropyDerivative(final NDArray logits, final NDArray labels) {
    return logits.softmax(1).subi(labels.oneHot((int) logits.getShape().get(1), DataType.FLOAT32));
  }
}
