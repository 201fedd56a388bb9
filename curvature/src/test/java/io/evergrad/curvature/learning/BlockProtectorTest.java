/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.kinds.Kind;
import io.evergrad.curvature.learning.LearnerSettings.Scheme;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.CrossEntropy;
import io.evergrad.curvature.network.ExampleGradients;
import io.evergrad.curvature.network.Mlp;
import io.evergrad.curvature.network.MlpSpec;
import io.evergrad.curvature.network.Pass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Against the Fisher averaged by brute force: every group element is enumerated and applied to
 * every per-example gradient as one vector of all parameters.
 */
class BlockProtectorTest {
  private static final double RETENTION = 0.8;
  private static final double RATE = 0.05;
  private static final double STRENGTH = 300;
  private static final int HIDDEN = 3;
  private static final int INPUTS = 2;
  private static final int CLASSES = 3;

  private final NDManager manager = NDManager.newBaseManager();
  private final LinearAlgebra algebra = new LinearAlgebra();
  private final SplittableRandom random = new SplittableRandom(23);

  @AfterEach
  void close() {
    algebra.close();
    manager.close();
  }

  private static LearnerSettings settings(
      final Mlp network, final Scheme scheme, final int blockLimit) {
    return LearnerSettings.builder(network.spec())
        .learningRate(RATE)
        .strength(STRENGTH)
        .retention(RETENTION)
        .protectionScheme(scheme)
        .blockLimit(blockLimit)
        .build();
  }

  private static Mlp network(final Activation activation) {
    return new Mlp(new MlpSpec(INPUTS, List.of(HIDDEN), CLASSES, activation));
  }

  @ParameterizedTest
  @CsvSource({
    "JOINT, RELU",
    "JOINT, TANH",
    "OUTPUT_AXIS, RELU",
    "OUTPUT_AXIS, TANH",
    "INPUT_AXIS, RELU",
    "CHEAPEST, TANH"
  })
  void pullSolvesTheProximalStepOfTheAveragedFisher(
      final Scheme scheme, final Activation activation) {
    final Mlp network = network(activation);
    final NDList parameters = network.initialise(manager, 2);
    final BlockProtector protector =
        new BlockProtector(settings(network, scheme, 100), network, manager, algebra);
    final List<double[][]> orbit = orbit(network, scheme);

    final double[][] first = observe(network, parameters, protector, orbit, 5);
    protector.consolidate(parameters, 40);
    disturb(parameters);
    final double[][] second = observe(network, parameters, protector, orbit, 6);
    protector.consolidate(parameters, 25);
    final double[] anchor = flat(parameters);
    disturb(parameters);
    final double[] start = flat(parameters);

    protector.pull(parameters, 1);

    if (scheme != Scheme.JOINT) {
      withoutCoupling(first);
      withoutCoupling(second);
    }
    final double scale = RATE * STRENGTH / (RETENTION * 40 + 25);
    final double[][] system =
        Dense.plus(
            Dense.plus(Dense.identity(anchor.length), scale * RETENTION * 40, first),
            scale * 25,
            second);
    final double[] away = new double[anchor.length];
    for (int i = 0; i < away.length; i++) {
      away[i] = start[i] - anchor[i];
    }
    final double[] kept = Dense.solve(system, away);
    final double[] expected = new double[anchor.length];
    double pulled = 0;
    for (int i = 0; i < expected.length; i++) {
      expected[i] = anchor[i] + kept[i];
      pulled = Math.max(pulled, Math.abs(expected[i] - start[i]));
    }
    assertThat(pulled).as("the pull is felt").isGreaterThan(0.05);
    assertThat(flat(parameters)).containsExactly(expected, within(1e-5));
  }

  /** Sets what couples the layers to zero: each layer's curvature is its own. */
  private static void withoutCoupling(final double[][] fisher) {
    final int first = HIDDEN * INPUTS + HIDDEN;
    for (int i = 0; i < first; i++) {
      for (int j = first; j < fisher.length; j++) {
        fisher[i][j] = 0;
        fisher[j][i] = 0;
      }
    }
  }

  /** One batch; returns its Fisher, averaged over the orbit. */
  private double[][] observe(
      final Mlp network,
      final NDList parameters,
      final Protector protector,
      final List<double[][]> orbit,
      final int examples) {
    final NDArray x = normal(new Shape(examples, INPUTS));
    final int[] labels = random.ints(examples, 0, CLASSES).toArray();
    final Pass pass = network.forward(x, parameters);
    final ExampleGradients factors =
        pass.backward(CrossEntropy.derivative(pass.logits(), manager.create(labels)));
    protector.observe(factors);
    final int n = flat(parameters).length;
    double[][] fisher = new double[n][n];
    for (int e = 0; e < examples; e++) {
      final NDList gradient = new NDList();
      for (final NDArray leaf : factors.perExample(e, e + 1)) {
        gradient.add(leaf.get(0));
      }
      final double[][] g = {flat(gradient)};
      for (final double[][] element : orbit) {
        final double[][] moved = Dense.multiply(g, element);
        fisher =
            Dense.plus(
                fisher,
                1.0 / examples / orbit.size(),
                Dense.multiply(Dense.transpose(moved), moved));
      }
    }
    return fisher;
  }

  /** Every element, as a matrix over all parameters; layers move independently unless joint. */
  private static List<double[][]> orbit(final Mlp network, final Scheme scheme) {
    final List<double[][]> orbit = new ArrayList<>();
    if (scheme == Scheme.JOINT) {
      for (final double[][] h : elements(HIDDEN, network.spec().activation().odd())) {
        orbit.add(
            diagonal(
                Dense.kronecker(h, Dense.identity(INPUTS)),
                h,
                Dense.kronecker(Dense.identity(CLASSES), h),
                Dense.identity(CLASSES)));
      }
      return orbit;
    }
    for (final double[][] one : layer(network.leaves().get(0).shape().get(0), INPUTS, scheme)) {
      for (final double[][] two : layer(CLASSES, HIDDEN, scheme)) {
        orbit.add(diagonal(one, two));
      }
    }
    return orbit;
  }

  private static List<double[][]> layer(final int units, final int inputs, final Scheme scheme) {
    final boolean output =
        scheme == Scheme.OUTPUT_AXIS || scheme == Scheme.CHEAPEST && inputs <= units;
    final List<double[][]> orbit = new ArrayList<>();
    for (final double[][] p : elements(output ? units : inputs, false)) {
      orbit.add(
          output
              ? diagonal(Dense.kronecker(p, Dense.identity(inputs)), p)
              : diagonal(Dense.kronecker(Dense.identity(units), p), Dense.identity(units)));
    }
    return orbit;
  }

  private static List<double[][]> elements(final int n, final boolean signed) {
    List<double[][]> partial = List.<double[][]>of(new double[0][n]);
    for (int row = 0; row < n; row++) {
      final List<double[][]> longer = new ArrayList<>();
      for (final double[][] matrix : partial) {
        for (int column = 0; column < n; column++) {
          final int taken = column;
          if (Arrays.stream(matrix).anyMatch(r -> r[taken] != 0)) {
            continue;
          }
          for (final double sign : signed ? new double[] {1, -1} : new double[] {1}) {
            final double[][] next = Arrays.copyOf(matrix, row + 1);
            next[row] = new double[n];
            next[row][column] = sign;
            longer.add(next);
          }
        }
      }
      partial = longer;
    }
    return partial;
  }

  private static double[][] diagonal(final double[][]... blocks) {
    int n = 0;
    for (final double[][] block : blocks) {
      n += block.length;
    }
    final double[][] matrix = new double[n][n];
    int first = 0;
    for (final double[][] block : blocks) {
      for (int i = 0; i < block.length; i++) {
        System.arraycopy(block[i], 0, matrix[first + i], first, block.length);
      }
      first += block.length;
    }
    return matrix;
  }

  private NDArray normal(final Shape shape) {
    final float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return manager.create(values, shape);
  }

  private void disturb(final NDList parameters) {
    for (final NDArray parameter : parameters) {
      parameter.addi(normal(parameter.getShape()).mul(0.5));
    }
  }

  private static double[] flat(final NDList leaves) {
    return leaves.stream()
        .flatMapToDouble(leaf -> Arrays.stream(Dense.flat(Dense.matrix(leaf))))
        .toArray();
  }

  @Test
  void remembersTheMeanPrecisionOnEachKind() {
    final Mlp network = network(Activation.RELU);
    final NDList parameters = network.initialise(manager, 2);
    final LearnerSettings settings = settings(network, Scheme.OUTPUT_AXIS, 100);
    final BlockProtector protector = new BlockProtector(settings, network, manager, algebra);
    final Schemes.Section section =
        Schemes.sections(network, Scheme.OUTPUT_AXIS, settings.blockLimit()).get(0);
    final Kind kind =
        section.kinds().kinds().stream().filter(k -> !k.invariant()).findFirst().orElseThrow();
    assertThat(protector.blockOn(section, kind)).isEmpty();

    final double[][] fisher =
        observe(network, parameters, protector, orbit(network, Scheme.OUTPUT_AXIS), 5);
    protector.consolidate(parameters, 40);

    // On the centred kind the averaged Fisher is the block: read it off e₁ − e₂ on the units.
    final NDArray block = protector.blockOn(section, kind).orElseThrow();
    final double[] expected = new double[(INPUTS + 1) * (INPUTS + 1)];
    for (int i = 0; i <= INPUTS; i++) {
      for (int j = 0; j <= INPUTS; j++) {
        final int row = i < INPUTS ? i : HIDDEN * INPUTS;
        final int column = j < INPUTS ? j : HIDDEN * INPUTS;
        final int other = j < INPUTS ? column + INPUTS : column + 1;
        expected[i * (INPUTS + 1) + j] = fisher[row][column] - fisher[row][other];
      }
    }
    assertThat(Dense.flat(Dense.matrix(block))).containsExactly(expected, within(1e-6));
  }

  /** A split block keeps what is within its ranges and drops what couples them. */
  @ParameterizedTest
  @EnumSource(names = {"OUTPUT_AXIS", "JOINT"})
  void splitBlocksArePartsOfTheWhole(final Scheme scheme) {
    final Mlp network = network(Activation.RELU);
    final NDList parameters = network.initialise(manager, 2);
    final BlockProtector whole =
        new BlockProtector(settings(network, scheme, 100), network, manager, algebra);
    final BlockProtector split =
        new BlockProtector(settings(network, scheme, 2), network, manager, algebra);
    final NDArray x = normal(new Shape(4, INPUTS));
    final Pass pass = network.forward(x, parameters);
    final ExampleGradients factors =
        pass.backward(
            CrossEntropy.derivative(pass.logits(), manager.create(new int[] {0, 1, 2, 0})));
    for (final BlockProtector protector : List.of(whole, split)) {
      protector.observe(factors);
      protector.consolidate(parameters, 4);
    }

    int compared = 0;
    for (final Schemes.Section section : Schemes.sections(network, scheme, 2)) {
      final Schemes.Section unsplit =
          Schemes.sections(network, scheme, 100).stream()
              .filter(s -> s.firstLeaf() == section.firstLeaf())
              .findFirst()
              .orElseThrow();
      for (final Kind kind : section.kinds().kinds()) {
        final Kind of =
            unsplit.kinds().kinds().stream()
                .filter(k -> k.irreducibles().equals(kind.irreducibles()))
                .findFirst()
                .orElseThrow();
        final String range = kind.range().first() + ":" + kind.range().end();
        final NDArray expected = whole.blockOn(unsplit, of).orElseThrow().get(range + ", " + range);
        assertThat(Dense.flat(Dense.matrix(split.blockOn(section, kind).orElseThrow())))
            .containsExactly(Dense.flat(Dense.matrix(expected)), within(1e-7));
        compared += kind.split() ? 1 : 0;
      }
    }
    assertThat(compared).as("split kinds").isPositive();
  }
}
