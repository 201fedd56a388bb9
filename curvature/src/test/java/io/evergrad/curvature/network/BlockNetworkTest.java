/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import io.evergrad.curvature.kinds.KindDecomposition;
import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.GroupType;
import io.evergrad.curvature.symmetry.Leaf;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Against the networks whose layers are known here, by the same parameters. */
class BlockNetworkTest {
  private static final int EXAMPLES = 5;
  private static final int[] LABELS = {0, 2, 1, 1, 0};

  private final NDManager manager = NDManager.newBaseManager();
  private final SplittableRandom random = new SplittableRandom(11);

  @AfterEach
  void close() {
    manager.close();
  }

  private static SequentialBlock perceptron() {
    return new SequentialBlock()
        .add(Linear.builder().setUnits(6).build())
        .add(x -> new NDList(x.singletonOrThrow().tanh()))
        .add(Linear.builder().setUnits(3).build());
  }

  private static SequentialBlock convolution() {
    return new SequentialBlock()
        .add(
            Conv2d.builder()
                .setFilters(4)
                .setKernelShape(new Shape(3, 3))
                .optStride(new Shape(2, 2))
                .optPadding(new Shape(1, 1))
                .build())
        .add(x -> new NDList(x.singletonOrThrow().tanh().reshape(new Shape(-1, 4 * 3 * 3))))
        .add(Linear.builder().setUnits(3).build());
  }

  /** The known network's symmetry, its leaves in the shapes and by the names of the block's. */
  private static Symmetry declared(final Block block, final Shape example, final Symmetry known) {
    final List<Leaf> leaves = new ArrayList<>();
    final List<Leaf> own = BlockNetwork.leaves(block, example);
    for (int i = 0; i < own.size(); i++) {
      final Leaf leaf = own.get(i);
      final boolean same = leaf.shape().equals(known.leaves().get(i).shape());
      leaves.add(same ? new Leaf(leaf.name(), leaf.shape(), known.leaves().get(i).axes()) : leaf);
    }
    return new Symmetry(known.groups(), leaves);
  }

  private NDArray normal(final Shape shape) {
    final double[] values = new double[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextGaussian();
    }
    return manager.create(values, shape);
  }

  private void agrees(final Network known, final Block block, final Shape example) {
    final Symmetry symmetry = declared(block, example, known.symmetry());
    final BlockNetwork network = new BlockNetwork(known.spec(), block, example, symmetry);
    final NDArray x = normal(new Shape(EXAMPLES, known.spec().inputs()));
    final NDList parameters = new NDList();
    final NDList same = new NDList();
    for (int i = 0; i < known.leaves().size(); i++) {
      final NDArray values = normal(new Shape(known.leaves().get(i).count())).mul(0.5);
      parameters.add(values.reshape(shape(known.leaves().get(i))));
      same.add(values.reshape(shape(symmetry.leaves().get(i))));
    }

    final Pass expected = known.forward(x, parameters);
    final Pass found = network.forward(x, same);

    close(found.logits(), expected.logits());
    final NDArray d = CrossEntropy.derivative(expected.logits(), manager.create(LABELS));
    final ExampleGradients one = expected.backward(d);
    final ExampleGradients other = found.backward(d);
    for (int i = 0; i < parameters.size(); i++) {
      close(found.meanGradient(d).get(i), one.mean().get(i));
      close(other.mean().get(i), one.mean().get(i));
      close(other.meanSquares().get(i), one.meanSquares().get(i));
      close(other.perExample(1, 4).get(i), one.perExample(1, 4).get(i));
    }
    final KindDecomposition kinds = new KindDecomposition(symmetry);
    if (symmetry.leaves().stream().map(Leaf::shape).toList().equals(shapes(known))) {
      close(
          other.secondMoment(kinds, 0).dense(),
          one.secondMoment(new KindDecomposition(known.symmetry()), 0).dense());
    }
  }

  private static List<List<Integer>> shapes(final Network network) {
    return network.leaves().stream().map(Leaf::shape).toList();
  }

  private static Shape shape(final Leaf leaf) {
    return new Shape(leaf.shape().stream().mapToLong(Integer::longValue).toArray());
  }

  private static void close(final NDArray found, final NDArray expected) {
    assertThat(found.size()).isEqualTo(expected.size());
    final NDArray difference = found.sub(expected.reshape(found.getShape())).abs().max();
    assertThat(difference.getDouble()).isLessThan(1e-10);
    assertThat(expected.abs().max().getDouble()).isGreaterThan(1e-3);
  }

  @Test
  void linearLayersAreThoseOfThePerceptron() {
    agrees(new Mlp(new MlpSpec(4, List.of(6), 3, Activation.TANH)), perceptron(), new Shape(4));
  }

  @Test
  void convolutionsAreThoseOfTheConvolutionalNetwork() {
    agrees(
        new ConvolutionalSpec(2, 6, 6, List.of(4), 3, 2, 3, Activation.TANH).network(),
        convolution(),
        new Shape(2, 6, 6));
  }

  @Test
  void layersAreAWeightAndItsBias() {
    final SequentialBlock block = convolution();
    final Symmetry free =
        new Symmetry(new TreeMap<>(), BlockNetwork.leaves(block, new Shape(2, 6, 6)));

    final List<Layer> layers =
        new BlockNetwork(
                new ConvolutionalSpec(2, 6, 6, List.of(4), 3, 2, 3, Activation.TANH),
                block,
                new Shape(2, 6, 6),
                free)
            .layers();

    assertThat(layers).hasSize(2).allMatch(Layer::biased);
    assertThat(layers.get(0).units()).isEqualTo(4);
    assertThat(layers.get(0).inputs()).isEqualTo(18);
  }

  @Test
  void initialParametersDependOnTheSeedOnly() {
    final SequentialBlock block = perceptron();
    final Symmetry free = new Symmetry(new TreeMap<>(), BlockNetwork.leaves(block, new Shape(4)));
    final BlockNetwork network =
        new BlockNetwork(new MlpSpec(4, List.of(6), 3, Activation.TANH), block, new Shape(4), free);

    final NDList one = network.initialise(manager, 3);
    final NDList same = network.initialise(manager, 3);

    assertThat(one.get(0))
        .isEqualTo(same.get(0))
        .isNotEqualTo(network.initialise(manager, 4).get(0));
    assertThat(one.get(1).toFloatArray()).containsOnly(0);
  }

  @Test
  void refusesADeclarationOfOtherTensors() {
    final Symmetry other =
        new Symmetry(
            new TreeMap<>(Map.of("h", new Group(GroupType.PERMUTATION, 6))),
            List.of(new Leaf("weight", List.of(6, 4), List.of("h", Leaf.FREE))));

    assertThatThrownBy(
            () ->
                new BlockNetwork(
                    new MlpSpec(4, List.of(6), 3, Activation.TANH),
                    perceptron(),
                    new Shape(4),
                    other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("leaf 0 of the declared symmetry is weight [h:6, free:4]");
  }

  @Test
  void refusesRunningStatistics() {
    final SequentialBlock block = perceptron().add(BatchNorm.builder().build());
    final Symmetry free = new Symmetry(new TreeMap<>(), BlockNetwork.leaves(block, new Shape(4)));

    assertThatThrownBy(
            () ->
                new BlockNetwork(
                    new MlpSpec(4, List.of(6), 3, Activation.TANH), block, new Shape(4), free))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("running statistic");
  }

  @Test
  void derivesTheSymmetryOfKnownLayers() {
    final NetworkSpec spec = new MlpSpec(4, List.of(6), 3, Activation.TANH);

    final BlockNetwork network = BlockNetwork.derived(spec, perceptron(), new Shape(4));

    assertThat(network.symmetry().groups().values())
        .containsExactly(new Group(GroupType.SIGNED_PERMUTATION, 6));
    final String units = network.symmetry().groups().firstKey();
    assertThat(network.leaves().stream().map(Leaf::axes))
        .containsExactly(
            List.of(units, Leaf.FREE),
            List.of(units),
            List.of(Leaf.FREE, units),
            List.of(Leaf.FREE));
    assertThat(network.report()).contains("free (").contains("signed-permutation 6");
    final NDArray x = normal(new Shape(EXAMPLES, 4));
    final NDList parameters = new NDList();
    network.leaves().forEach(leaf -> parameters.add(normal(shape(leaf))));
    final NDArray expected = new Mlp((MlpSpec) spec).forward(x, parameters).logits();
    close(network.forward(x, parameters).logits(), expected);
  }

  @Test
  void aSharedParameterIsOneTensor() {
    final Linear twice = Linear.builder().setUnits(4).build();
    final SequentialBlock block = new SequentialBlock().add(twice).add(twice);
    final Symmetry free = new Symmetry(new TreeMap<>(), BlockNetwork.leaves(block, new Shape(4)));
    final BlockNetwork network =
        new BlockNetwork(
            new MlpSpec(4, List.of(4), 4, Activation.LINEAR), block, new Shape(4), free);
    final NDList parameters = new NDList();
    network.leaves().forEach(leaf -> parameters.add(normal(shape(leaf))));

    final Pass pass = network.forward(normal(new Shape(EXAMPLES, 4)), parameters);

    final NDArray d = CrossEntropy.derivative(pass.logits(), manager.create(LABELS));
    assertThat(parameters).hasSize(2);
    close(pass.backward(d).mean().get(0), pass.meanGradient(d).get(0));
  }
}
