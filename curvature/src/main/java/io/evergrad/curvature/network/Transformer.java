/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.symmetry.GroupType;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.ArrayList;
import java.util.List;

/**
 * A causal Transformer language model: token and position embeddings, blocks of attention and a
 * perceptron with GELU, each normalised before and added to the residual stream, a last
 * normalisation, and a head of its own.
 *
 * <p>What moves its tensors, block by block: heads change places; the elements of queries and keys
 * rotate together, as do those of values and of the output's inputs; the perceptron's units change
 * places. The two rotations are the same for all heads: with one for each, the group would be
 * larger, but rotations and exchanges of heads would no longer commute. The residual stream is
 * free.
 *
 * <p>Keys have no bias: it would add the same to all scores of a query, which softmax ignores.
 */
public final class Transformer implements Network {
  private static final double EMBEDDING_DEVIATION = 0.1;

  private final TransformerSpec spec;
  private final Tensors tensors;
  private final Layer tokens;
  private final Layer positions;
  private final List<Block> blocks = new ArrayList<>();
  private final Norm norm;
  private final Layer output;

  private record Block(Norm norm1, Attention attention, Norm norm2, Layer hidden, Layer contract) {}

  private record Attention(Layer query, Layer key, Layer value, Layer output) {}

  /** Indices of leaves; −1 for no shift. */
  private record Norm(int gain, int shift) {}

  /** A network of that shape. */
  public Transformer(final TransformerSpec spec) {
    this.spec = spec;
    final Tensors.Declaration declared = new Tensors.Declaration();
    final Axis residual = Axis.free(spec.width());
    final Axis vocabulary = Axis.free(spec.vocabulary());
    final Initialiser embedding = Initialiser.normal(EMBEDDING_DEVIATION);
    tokens = declared.linear("embedding.token", List.of(vocabulary), List.of(residual), embedding);
    positions =
        declared.linear(
            "embedding.position", List.of(Axis.free(spec.context())), List.of(residual), embedding);
    for (int l = 1; l <= spec.layers(); l++) {
      final String name = "block" + l;
      final Norm norm1 = norm(declared, name + ".norm1", residual);
      final Attention attention = attention(declared, name, residual);
      final Norm norm2 = norm(declared, name + ".norm2", residual);
      final Axis units = declared.units(name + ".hidden", Activation.GELU, spec.hidden());
      final Layer hidden =
          declared.affine(
              name + ".perceptron.hidden",
              List.of(units),
              List.of(residual),
              Initialiser.weights(spec.width(), Activation.GELU));
      final Layer contract =
          declared.affine(
              name + ".perceptron.output", List.of(residual), List.of(units), onto(spec.hidden()));
      blocks.add(new Block(norm1, attention, norm2, hidden, contract));
    }
    norm = norm(declared, "norm", residual);
    output = declared.affine("output", List.of(vocabulary), List.of(residual), from(spec.width()));
    tensors = declared.tensors();
  }

  private Norm norm(final Tensors.Declaration declared, final String name, final Axis axis) {
    final int gain = declared.vector(name + ".gain", axis, Initialiser.constant(1)).weight();
    return new Norm(
        gain,
        spec.normalisation().shifted()
            ? declared.vector(name + ".shift", axis, Initialiser.constant(0)).weight()
            : -1);
  }

  private Attention attention(
      final Tensors.Declaration declared, final String block, final Axis residual) {
    final String name = block + ".attention";
    final Axis heads = declared.axis(block + ".heads", GroupType.PERMUTATION, spec.heads());
    final Axis keys = declared.axis(block + ".keys", GroupType.ORTHOGONAL, spec.headWidth());
    final Axis values = declared.axis(block + ".values", GroupType.ORTHOGONAL, spec.headWidth());
    final Initialiser initial = from(spec.width());
    return new Attention(
        declared.affine(name + ".query", List.of(heads, keys), List.of(residual), initial),
        declared.linear(name + ".key.weight", List.of(heads, keys), List.of(residual), initial),
        declared.affine(name + ".value", List.of(heads, values), List.of(residual), initial),
        declared.affine(
            name + ".output", List.of(residual), List.of(heads, values), onto(spec.width())));
  }

  private static Initialiser from(final int inputs) {
    return Initialiser.weights(inputs, Activation.LINEAR);
  }

  /** Weights onto the residual stream, which 2 · layers results are added to. */
  private Initialiser onto(final int inputs) {
    return Initialiser.normal(1 / Math.sqrt(2.0 * spec.layers() * inputs));
  }

  @Override
  public TransformerSpec spec() {
    return spec;
  }

  /** An exact symmetry; the whole one also rotates each head's elements by themselves. */
  @Override
  public Symmetry symmetry() {
    return tensors.symmetry();
  }

  @Override
  public boolean proven() {
    return true;
  }

  @Override
  public List<Layer> layers() {
    return tensors.layers();
  }

  @Override
  public NDList initialise(final NDManager manager, final long seed) {
    return tensors.initialise(manager, seed);
  }

  @Override
  public Pass forward(final NDArray features, final NDList parameters) {
    final Recording recording = new Recording(leaves(), parameters, spec.predictions());
    final int examples = Math.toIntExact(features.getShape().get(0));
    final NDArray mask = mask(features);
    NDArray x = embedded(recording, features, examples);
    for (final Block block : blocks) {
      x =
          x.add(
              attend(recording, block.attention(), normalised(recording, block.norm1(), x), mask));
      final NDArray hidden =
          recording.affine(block.hidden(), normalised(recording, block.norm2(), x));
      x = x.add(recording.affine(block.contract(), Activation.GELU.apply(hidden)));
    }
    final NDArray logits = recording.affine(output, normalised(recording, norm, x));
    return recording.pass(logits.reshape(new Shape(-1, spec.vocabulary())));
  }

  private NDArray embedded(final Recording recording, final NDArray features, final int examples) {
    final NDArray ids =
        features.get(new NDIndex(":, :{}", spec.context())).toType(DataType.INT64, false);
    final NDArray places =
        features
            .getManager()
            .eye(spec.context())
            .toType(features.getDataType(), false)
            .expandDims(0);
    return recording
        .embed(tokens.weight(), ids.oneHot(spec.vocabulary(), features.getDataType()), examples)
        .add(recording.embed(positions.weight(), places, examples));
  }

  /** Zero where a place may look, −∞ where it would see what follows. */
  private NDArray mask(final NDArray features) {
    final int n = spec.context();
    final float[] values = new float[n * n];
    for (int i = 0; i < n; i++) {
      for (int j = i + 1; j < n; j++) {
        values[i * n + j] = Float.NEGATIVE_INFINITY;
      }
    }
    return features
        .getManager()
        .create(values, new Shape(n, n))
        .toType(features.getDataType(), false);
  }

  private NDArray normalised(final Recording recording, final Norm of, final NDArray x) {
    return recording.scale(of.gain(), of.shift(), spec.normalisation().apply(x));
  }

  private NDArray attend(
      final Recording recording, final Attention attention, final NDArray x, final NDArray mask) {
    final NDArray query = heads(recording.affine(attention.query(), x));
    final NDArray key = heads(recording.affine(attention.key(), x));
    final NDArray value = heads(recording.affine(attention.value(), x));
    final NDArray scale = Recording.constant(x, 1 / Math.sqrt(spec.headWidth()));
    final NDArray scores = query.matMul(key.transpose(0, 1, 3, 2)).mul(scale).add(mask);
    final NDArray seen = scores.softmax(3).matMul(value);
    return recording.affine(
        attention.output(),
        seen.transpose(0, 2, 1, 3).reshape(new Shape(-1, spec.context(), spec.width())));
  }

  /** B × T × width as B × heads × T × width of a head. */
  private NDArray heads(final NDArray x) {
    return x.reshape(new Shape(-1, spec.context(), spec.heads(), spec.headWidth()))
        .transpose(0, 2, 1, 3);
  }
}
