/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import io.evergrad.curvature.derivation.BlockFunction;
import io.evergrad.curvature.derivation.Derivation;
import io.evergrad.curvature.linalg.Torch;
import io.evergrad.curvature.network.ExampleGradients.Factors;
import io.evergrad.curvature.symmetry.Leaf;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

/**
 * A network made of the engine's own layers, whichever they are. Its mean gradient is one pass back
 * over the batch; gradients of single examples take a pass for each, which is much slower than the
 * networks whose layers are known here.
 *
 * <p>The block is only a function: it runs without dropout, and with the parameters that are passed
 * in; its own arrays are not used. Thread-safe as far as the block's forward function is.
 *
 * <p>In functions of one's own within the block, operations of an array and a Java number, such as
 * {@code x.mul(0.5)}, must be avoided where a derivative needs the number: the engine's Java
 * interface lets go of its memory before the pass back. Make it an array, and keep that.
 */
public final class BlockNetwork implements Network {
  private static final long DERIVATION_SEED = 1;

  private final NetworkSpec spec;
  private final BlockFunction function;
  private final Shape example;
  private final Tensors tensors;
  private final String report;

  /**
   * @param spec what it is the network of
   * @param block takes B × {@code example}, returns logits, (B · predictions) × classes in any
   *     shape of as many elements; initialised for that input, or not yet
   * @param example shape of one example's features, which are row-major
   * @param symmetry declared for the block's parameters: a leaf for each, of its shape, in the
   *     order of {@link Block#getParameters()}, named by its key there
   * @throws IllegalArgumentException if the symmetry is of other tensors, if the block has state
   *     that is no parameter (such as running means), or if {@code example} has not the spec's
   *     number of inputs
   */
  public BlockNetwork(
      final NetworkSpec spec, final Block block, final Shape example, final Symmetry symmetry) {
    this(spec, block, example, symmetry, symmetry.toString());
  }

  private BlockNetwork(
      final NetworkSpec spec,
      final Block block,
      final Shape example,
      final Symmetry symmetry,
      final String report) {
    this.spec = spec;
    this.example = example;
    this.report = report;
    if (example.size() != spec.inputs()) {
      throw new IllegalArgumentException(
          "examples of shape " + example + ", but the network takes " + spec.inputs() + " inputs");
    }
    if (!block.isInitialized()) {
      initialise(block, example).close();
    }
    function = BlockFunction.of(block);
    tensors = tensors(block, symmetry);
  }

  /**
   * A network whose symmetry is derived: known layers' hidden units are permuted, flipped or
   * rotated as far as what is between them allows, all else is free. {@link #report()} says what
   * was derived.
   *
   * @param spec what it is the network of
   * @param block as for the constructor, but not initialised yet
   * @param example shape of one example's features
   * @throws IllegalArgumentException if the block is initialised already
   */
  public static BlockNetwork derived(
      final NetworkSpec spec, final Block block, final Shape example) {
    if (block.isInitialized()) {
      throw new IllegalArgumentException(
          "the block is initialised already: derive its symmetry before");
    }
    try (NDManager manager = initialise(block, example)) {
      final NDArray inputs = manager.create(inputs(spec), new Shape(1).addAll(example));
      final Derivation derivation = Derivation.of(block, new NDList(inputs), DERIVATION_SEED);
      return new BlockNetwork(spec, block, example, derivation.symmetry(), derivation.report());
    }
  }

  /** An example to try layers with: distinct numbers, or distinct tokens as far as there are. */
  private static float[] inputs(final NetworkSpec spec) {
    final SplittableRandom random = new SplittableRandom(DERIVATION_SEED);
    final float[] inputs = new float[spec.inputs()];
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = spec.tokens() ? i % spec.classes() : (float) random.nextGaussian();
    }
    return inputs;
  }

  /** The block's parameter tensors, all axes free: what a symmetry has to be declared for. */
  public static List<Leaf> leaves(final Block block, final Shape example) {
    if (!block.isInitialized()) {
      initialise(block, example).close();
    }
    return leaves(block);
  }

  private static List<Leaf> leaves(final Block block) {
    final Map<Parameter, String> names = new LinkedHashMap<>();
    block.getParameters().forEach(named -> names.putIfAbsent(named.getValue(), named.getKey()));
    final List<Leaf> leaves = new ArrayList<>();
    names.forEach(
        (parameter, name) -> {
          final List<Integer> shape =
              LongStream.of(parameter.getShape().getShape()).mapToObj(Math::toIntExact).toList();
          leaves.add(new Leaf(name, shape, shape.stream().map(length -> Leaf.FREE).toList()));
        });
    return leaves;
  }

  /** Gives the parameters their shapes; their arrays go with the manager that is returned. */
  private static NDManager initialise(final Block block, final Shape example) {
    final NDManager manager = Torch.newManager();
    try {
      block.initialize(manager, DataType.FLOAT32, new Shape(1).addAll(example));
      return manager;
    } catch (final RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  private static Tensors tensors(final Block block, final Symmetry symmetry) {
    final List<Leaf> expected = leaves(block);
    requireSameTensors(expected, symmetry.leaves());
    final List<Initialiser> initialisers = new ArrayList<>();
    final List<Layer> layers = new ArrayList<>();
    final List<Parameter> parameters = BlockFunction.of(block).parameters();
    for (int i = 0; i < expected.size(); i++) {
      initialisers.add(initialiser(expected.get(i), parameters.get(i)));
    }
    for (int i = 0; i < expected.size(); i = layers.get(layers.size() - 1).end()) {
      final List<Integer> shape = expected.get(i).shape();
      final boolean biased =
          shape.size() > 1
              && i + 1 < expected.size()
              && parameters.get(i + 1).getType() == Parameter.Type.BIAS
              && expected.get(i + 1).shape().equals(shape.subList(0, 1));
      layers.add(Layer.of(expected, i, biased, Math.min(1, shape.size())));
    }
    return new Tensors(symmetry, List.copyOf(layers), initialisers);
  }

  private static void requireSameTensors(final List<Leaf> expected, final List<Leaf> declared) {
    for (int i = 0; i < Math.max(expected.size(), declared.size()); i++) {
      final Leaf needed = i < expected.size() ? expected.get(i) : null;
      final Leaf found = i < declared.size() ? declared.get(i) : null;
      if (needed == null
          || found == null
          || !needed.name().equals(found.name())
          || !needed.shape().equals(found.shape())) {
        throw new IllegalArgumentException(
            "leaf "
                + i
                + " of the declared symmetry is "
                + found
                + ", but the block's parameter there is "
                + needed);
      }
    }
  }

  private static Initialiser initialiser(final Leaf leaf, final Parameter parameter) {
    return switch (parameter.getType()) {
      case GAMMA -> Initialiser.constant(1);
      case BETA, BIAS -> Initialiser.constant(0);
      case WEIGHT, OTHER ->
          Initialiser.weights(
              Math.toIntExact(leaf.count() / leaf.shape().stream().findFirst().orElse(1)),
              Activation.RELU);
      case RUNNING_MEAN, RUNNING_VAR ->
          throw new IllegalArgumentException(
              "parameter '"
                  + leaf.name()
                  + "' is a running statistic that couples the examples of a batch: use a "
                  + "normalisation within each example instead, such as LayerNorm");
    };
  }

  @Override
  public NetworkSpec spec() {
    return spec;
  }

  @Override
  public Symmetry symmetry() {
    return tensors.symmetry();
  }

  @Override
  public List<Layer> layers() {
    return tensors.layers();
  }

  @Override
  public String report() {
    return report;
  }

  /** Gains are one, biases zero, weights normal of variance 2 / inputs (He et al. 2015). */
  @Override
  public NDList initialise(final NDManager manager, final long seed) {
    return tensors.initialise(manager, seed);
  }

  @Override
  public Pass forward(final NDArray features, final NDList parameters) {
    final NDList aliases = new NDList();
    for (final NDArray parameter : parameters) {
      final PtNDArray alias = (PtNDArray) parameter.stopGradient();
      alias.attach(features.getManager());
      JniUtils.attachGradient(alias, true);
      aliases.add(alias);
    }
    return new BlockPass(features, aliases, run(features, aliases));
  }

  private NDArray run(final NDArray features, final NDList aliases) {
    final long examples = features.getShape().get(0);
    final boolean recordedBefore = JniUtils.isGradMode();
    JniUtils.setGradMode(true);
    try {
      final NDArray x = features.reshape(new Shape(examples).addAll(example));
      return function
          .apply(aliases, new NDList(x), false)
          .singletonOrThrow()
          .reshape(new Shape(examples * spec.predictions(), spec.classes()));
    } finally {
      JniUtils.setGradMode(recordedBefore);
    }
  }

  private final class BlockPass implements Pass {
    private final NDArray features;
    private final NDList aliases;
    private final NDArray logits;

    BlockPass(final NDArray features, final NDList aliases, final NDArray logits) {
      this.features = features;
      this.aliases = aliases;
      this.logits = logits;
    }

    @Override
    public NDArray logits() {
      return logits;
    }

    @Override
    public NDList meanGradient(final NDArray logitDerivative) {
      return derivatives(logits, logitDerivative.div(logits.getShape().get(0)));
    }

    @Override
    public ExampleGradients backward(final NDArray logitDerivative) {
      final int examples = Math.toIntExact(features.getShape().get(0));
      final List<NDList> gradients = new ArrayList<>();
      for (int i = 0; i < examples; i++) {
        final NDArray one = features.get(new NDIndex("{}:{}", i, i + 1));
        final NDArray derivative =
            logitDerivative.get(
                new NDIndex("{}:{}", i * spec.predictions(), (i + 1) * spec.predictions()));
        gradients.add(derivatives(run(one, aliases), derivative));
      }
      final List<Factors> factors = new ArrayList<>();
      for (int leaf = 0; leaf < aliases.size(); leaf++) {
        final NDList rows = new NDList();
        for (final NDList gradient : gradients) {
          rows.add(gradient.get(leaf).reshape(new Shape(1, 1, -1)));
        }
        factors.add(Factors.formed(NDArrays.concat(rows, 0)));
      }
      return new ExampleGradients(tensors.symmetry().leaves(), factors, spec.predictions());
    }

    private NDList derivatives(final NDArray of, final NDArray derivative) {
      // Gradients may share memory with each other and with the derivative: none is zeroed before
      // all are read.
      final NDArray own = derivative.duplicate();
      JniUtils.backward((PtNDArray) of, (PtNDArray) own, true, false);
      final NDList derivatives = new NDList();
      for (final NDArray alias : aliases) {
        final NDArray gradient = JniUtils.getGradient((PtNDArray) alias);
        derivatives.add(gradient == null ? alias.zerosLike() : gradient.duplicate());
      }
      for (final NDArray alias : aliases) {
        if (JniUtils.getGradient((PtNDArray) alias) != null) {
          JniUtils.zeroGrad((PtNDArray) alias);
        }
      }
      return derivatives;
    }
  }
}
