/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.invariance;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.convolutional.Conv2d;
import io.evergrad.curvature.blocks.Vectors;
import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.GroupType;
import io.evergrad.curvature.symmetry.Leaf;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;

/**
 * A network in plain array operations, on a batch of its own, with its right declaration. Groups
 * that could be taken for each other have the same size.
 *
 * @param logits of the parameters by name: examples × classes
 */
record Network(Symmetry symmetry, Function<Map<String, NDArray>, NDArray> logits, int[] labels) {
  private static final int EXAMPLES = 7;
  private static final int CLASSES = 3;
  private static final int[] LABELS = {0, 2, 1, 1, 0, 2, 2};

  /** Mean cross-entropy. */
  ToDoubleFunction<NDList> loss() {
    return parameters -> {
      final Map<String, NDArray> byName = new HashMap<>();
      for (int i = 0; i < parameters.size(); i++) {
        byName.put(symmetry.leaves().get(i).name(), parameters.get(i));
      }
      final NDArray z = logits.apply(byName);
      final NDArray likelihoods =
          z.logSoftmax(1)
              .mul(
                  z.getManager()
                      .create(labels)
                      .oneHot(CLASSES, DataType.FLOAT32)
                      .toType(z.getDataType(), false));
      return -likelihoods.sum().toType(DataType.FLOAT64, false).getDouble() / labels.length;
    };
  }

  /** Normal weights; gains of one and biases of zero, as at the start of a training. */
  NDList initial(final NDManager manager, final DataType type) {
    final SplittableRandom random = new SplittableRandom(11);
    final NDList parameters = new NDList();
    for (final Leaf leaf : symmetry.leaves()) {
      final NDArray value =
          leaf.name().startsWith("gain")
              ? manager.ones(Vectors.shape(leaf))
              : leaf.name().startsWith("bias")
                  ? manager.zeros(Vectors.shape(leaf))
                  : normal(manager, random, Vectors.shape(leaf)).mul(0.6);
      parameters.add(value.toType(type, true));
    }
    return parameters;
  }

  private static NDArray normal(
      final NDManager manager, final SplittableRandom random, final Shape shape) {
    final double[] values = new double[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextGaussian();
    }
    return manager.create(values, shape);
  }

  /** Two hidden layers of six. */
  static Network mlp(final UnaryOperator<NDArray> activation, final GroupType type) {
    final Batch x = new Batch(EXAMPLES, 4);
    return new Network(
        declare(
            Map.of("h1", new Group(type, 6), "h2", new Group(type, 6)),
            leaf("w1", "6 4", "h1 free"),
            leaf("bias1", "6", "h1"),
            leaf("w2", "6 6", "h2 h1"),
            leaf("bias2", "6", "h2"),
            leaf("w3", "3 6", "free h2"),
            leaf("bias3", "3", "free")),
        p -> {
          final NDArray one =
              activation.apply(dense(x.like(p.get("w1")), p.get("w1"), p.get("bias1")));
          final NDArray two = activation.apply(dense(one, p.get("w2"), p.get("bias2")));
          return dense(two, p.get("w3"), p.get("bias3"));
        },
        LABELS);
  }

  /** Two convolutions of four channels, with batch norm, and a head on 2 × 2 positions. */
  static Network convolutional() {
    final Batch x = new Batch(EXAMPLES, 2, 6, 6);
    return new Network(
        declare(
            Map.of(
                "c1", new Group(GroupType.PERMUTATION, 4),
                "c2", new Group(GroupType.PERMUTATION, 4)),
            leaf("k1", "4 2 3 3", "c1 free free free"),
            leaf("bias1", "4", "c1"),
            leaf("gain", "4", "c1"),
            leaf("bias", "4", "c1"),
            leaf("k2", "4 4 3 3", "c2 c1 free free"),
            leaf("bias2", "4", "c2"),
            leaf("head", "3 4 4", "free c2 free")),
        p -> {
          final NDArray one = conv(x.like(p.get("k1")), p.get("k1"), p.get("bias1"));
          final NDArray centred = one.sub(channelMeans(one));
          final NDArray normed =
              centred
                  .div(channelMeans(centred.square()).add(1e-5).sqrt())
                  .mul(p.get("gain").reshape(1, 4, 1, 1))
                  .add(p.get("bias").reshape(1, 4, 1, 1));
          final NDArray two = conv(Activation.relu(normed), p.get("k2"), p.get("bias2"));
          return Activation.relu(two)
              .reshape(EXAMPLES, 16)
              .matMul(p.get("head").reshape(CLASSES, 16).transpose());
        },
        LABELS);
  }

  /** Six steps of a recurrent layer of five. */
  static Network recurrent() {
    final Batch x = new Batch(6, EXAMPLES, 3);
    return new Network(
        declare(
            Map.of("h", new Group(GroupType.SIGNED_PERMUTATION, 5)),
            leaf("wx", "5 3", "h free"),
            leaf("wh", "5 5", "h h"),
            leaf("bias", "5", "h"),
            leaf("wo", "3 5", "free h")),
        p -> {
          final NDArray steps = x.like(p.get("wx"));
          NDArray h = steps.get(0).matMul(p.get("wx").transpose()).tanh();
          for (int t = 1; t < 6; t++) {
            h =
                dense(steps.get(t), p.get("wx"), p.get("bias"))
                    .add(h.matMul(p.get("wh").transpose()))
                    .tanh();
          }
          return h.matMul(p.get("wo").transpose());
        },
        LABELS);
  }

  /**
   * One layer of a Transformer, of two heads of three, that reads five tokens; the residual stream
   * of six is permuted, which asks for a norm whose gain moves along.
   */
  static Network transformer() {
    final int tokens = 5;
    final int[] batch = new int[EXAMPLES * tokens];
    final SplittableRandom random = new SplittableRandom(3);
    Arrays.setAll(batch, i -> random.nextInt(9));
    return new Network(
        declare(
            Map.of(
                "heads", new Group(GroupType.PERMUTATION, 2),
                "qk", new Group(GroupType.ORTHOGONAL, 3),
                "vo", new Group(GroupType.ORTHOGONAL, 3),
                "hidden", new Group(GroupType.PERMUTATION, 6),
                "stream", new Group(GroupType.PERMUTATION, 6)),
            leaf("embedding", "9 6", "free stream"),
            leaf("position", "5 6", "free stream"),
            leaf("gain1", "6", "stream"),
            leaf("bias1", "6", "stream"),
            leaf("query", "2 3 6", "heads qk stream"),
            leaf("biasQuery", "2 3", "heads qk"),
            leaf("key", "2 3 6", "heads qk stream"),
            leaf("value", "2 3 6", "heads vo stream"),
            leaf("output", "6 2 3", "stream heads vo"),
            leaf("gain2", "6", "stream"),
            leaf("up", "6 6", "hidden stream"),
            leaf("biasUp", "6", "hidden"),
            leaf("down", "6 6", "stream hidden"),
            leaf("biasDown", "6", "stream"),
            leaf("head", "3 6", "free stream")),
        p -> {
          final NDArray e = p.get("embedding");
          NDArray stream =
              e.get(e.getManager().create(batch))
                  .reshape(EXAMPLES, tokens, 6)
                  .add(p.get("position"));
          final NDArray normed =
              layerNorm(stream).mul(p.get("gain1")).add(p.get("bias1")).reshape(-1, 6);
          NDArray attended = stream.zerosLike();
          for (int head = 0; head < 2; head++) {
            final NDArray q =
                dense(normed, p.get("query").get(head), p.get("biasQuery").get(head))
                    .reshape(EXAMPLES, tokens, 3);
            final NDArray k =
                normed.matMul(p.get("key").get(head).transpose()).reshape(EXAMPLES, tokens, 3);
            final NDArray v =
                normed.matMul(p.get("value").get(head).transpose()).reshape(EXAMPLES, tokens, 3);
            final NDArray mixed = q.batchMatMul(k.swapAxes(1, 2)).softmax(2).batchMatMul(v);
            attended =
                attended.add(
                    mixed
                        .reshape(-1, 3)
                        .matMul(p.get("output").get(":, " + head).transpose())
                        .reshape(EXAMPLES, tokens, 6));
          }
          stream = stream.add(attended);
          final NDArray rms =
              stream
                  .div(stream.square().mean(new int[] {2}, true).add(1e-5).sqrt())
                  .mul(p.get("gain2"))
                  .reshape(-1, 6);
          final NDArray hidden = Activation.gelu(dense(rms, p.get("up"), p.get("biasUp")));
          stream =
              stream.add(
                  dense(hidden, p.get("down"), p.get("biasDown")).reshape(EXAMPLES, tokens, 6));
          return stream.mean(new int[] {1}).matMul(p.get("head").transpose());
        },
        LABELS);
  }

  private static NDArray channelMeans(final NDArray images) {
    return images.mean(new int[] {0}, true).mean(new int[] {2}, true).mean(new int[] {3}, true);
  }

  private static NDArray layerNorm(final NDArray stream) {
    final NDArray centred = stream.sub(stream.mean(new int[] {2}, true));
    return centred.div(centred.square().mean(new int[] {2}, true).add(1e-5).sqrt());
  }

  private static NDArray dense(final NDArray x, final NDArray weight, final NDArray bias) {
    return x.matMul(weight.transpose()).add(bias);
  }

  private static NDArray conv(final NDArray x, final NDArray kernel, final NDArray bias) {
    return Conv2d.conv2d(x, kernel, bias, new Shape(1, 1), new Shape(0, 0), new Shape(1, 1))
        .singletonOrThrow();
  }

  /** The same normal numbers at every call, in the type and on the manager of another array. */
  private record Batch(long... shape) {
    private NDArray like(final NDArray other) {
      return normal(other.getManager(), new SplittableRandom(5), new Shape(shape))
          .toType(other.getDataType(), false);
    }
  }

  private static Symmetry declare(final Map<String, Group> groups, final Leaf... leaves) {
    return new Symmetry(new TreeMap<>(groups), List.of(leaves));
  }

  private static Leaf leaf(final String name, final String shape, final String axes) {
    return new Leaf(
        name,
        Arrays.stream(shape.split(" ")).map(Integer::valueOf).toList(),
        List.of(axes.split(" ")));
  }

  /** The network with another declaration of one tensor. */
  Network with(final String name, final String axes) {
    final List<Leaf> leaves = new ArrayList<>(symmetry.leaves());
    leaves.replaceAll(
        leaf ->
            leaf.name().equals(name)
                ? new Leaf(name, leaf.shape(), List.of(axes.split(" ")))
                : leaf);
    return new Network(new Symmetry(symmetry.groups(), leaves), logits, labels);
  }

  /** The network with another declaration of one group. */
  Network with(final String id, final GroupType type, final int size) {
    final SortedMap<String, Group> groups = new TreeMap<>(symmetry.groups());
    groups.put(id, new Group(type, size));
    return new Network(new Symmetry(groups, symmetry.leaves()), logits, labels);
  }
}
