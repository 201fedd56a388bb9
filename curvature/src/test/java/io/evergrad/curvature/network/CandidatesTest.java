/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CandidatesTest {
  private static final int CLASSES = 5;

  /** Class 3 is a candidate of no example. */
  private static final List<Candidates> CANDIDATES =
      List.of(
          Candidates.of(0, 1),
          Candidates.of(4, 2),
          Candidates.of(0, 1, 2, 4),
          Candidates.of(2),
          Candidates.of(1, 4));

  private static final int[] LABELS = {1, 2, 0, 2, 4};

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  static Stream<NetworkSpec> networks() {
    return Stream.of(
        new MlpSpec(6, List.of(4), CLASSES, Activation.TANH),
        new RecurrentSpec(3, 2, List.of(4), CLASSES, Activation.TANH));
  }

  @ParameterizedTest
  @MethodSource("networks")
  void theGradientIsThatOfTheLossAmongCandidates(final NetworkSpec spec) {
    final Network network = spec.network();
    final NDArray x = random(new Shape(LABELS.length, spec.inputs()), 3);
    final NDList theta = parameters(network);

    final Pass pass = Candidates.restrict(network.forward(x, theta), CANDIDATES);
    final NDList gradient =
        pass.meanGradient(CrossEntropy.derivative(pass.logits(), manager.create(LABELS)));

    assertThat(CrossEntropy.mean(pass.logits(), LABELS))
        .isCloseTo(loss(network, x, theta), within(1e-12));
    for (int leaf = 0; leaf < theta.size(); leaf++) {
      final double[] found = gradient.get(leaf).toDoubleArray();
      for (int j = 0; j < found.length; j++) {
        final double expected =
            (loss(network, x, shifted(theta, leaf, j, 1e-5))
                    - loss(network, x, shifted(theta, leaf, j, -1e-5)))
                / 2e-5;
        assertThat(found[j])
            .as("%s[%d]", network.leaves().get(leaf).name(), j)
            .isCloseTo(expected, within(1e-8));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void anOutputThatIsNoCandidateHasNoGradient(final NetworkSpec spec) {
    final Network network = spec.network();
    final NDArray x = random(new Shape(LABELS.length, spec.inputs()), 4);
    final Pass pass = Candidates.restrict(network.forward(x, parameters(network)), CANDIDATES);

    for (final NDList gradient :
        List.of(
            pass.meanGradient(CrossEntropy.derivative(pass.logits(), manager.create(LABELS))),
            Fisher.sampled(pass, new SplittableRandom(1)).mean())) {
      final double[] bias = gradient.get(gradient.size() - 1).toDoubleArray();
      assertThat(bias).hasSize(CLASSES);
      assertThat(bias[3]).isZero();
      assertThat(gradient.get(gradient.size() - 2).get(3).toDoubleArray()).containsOnly(0);
      assertThat(bias[0]).isNotZero();
    }
  }

  @Test
  void labelsAreDrawnAmongCandidates() {
    final Network network = new MlpSpec(2, List.of(), CLASSES, Activation.TANH).network();
    final int examples = 3_000;
    final Pass pass =
        Candidates.restrict(
            network.forward(random(new Shape(examples, 2), 5), parameters(network)),
            Collections.nCopies(examples, Candidates.of(1, 2)));

    final float[] p = pass.logits().softmax(1).toType(DataType.FLOAT32, false).toFloatArray();
    final int[] drawn = Fisher.draw(p, CLASSES, new SplittableRandom(2));

    assertThat(Arrays.stream(drawn).distinct().sorted()).containsExactly(1, 2);
    for (int i = 0; i < examples; i++) {
      assertThat(p[i * CLASSES + 1] + p[i * CLASSES + 2]).isCloseTo(1, within(1e-6f));
    }
  }

  /** Probabilities that lack a bit of one: what is left over falls to the last candidate. */
  @Test
  void roundingDrawsNoClassOfProbabilityZero() {
    final float[] lacking = new float[300];
    for (int i = 0; i < lacking.length; i += 3) {
      lacking[i] = 0.2f;
      lacking[i + 1] = 0.2f;
    }

    assertThat(Arrays.stream(Fisher.draw(lacking, 3, new SplittableRandom(1))).distinct().sorted())
        .containsExactly(0, 1);
  }

  @Test
  void allCandidatesChangeNothing() {
    final Network network = new MlpSpec(2, List.of(), CLASSES, Activation.TANH).network();
    final Pass pass = network.forward(random(new Shape(2, 2), 5), parameters(network));

    assertThat(Candidates.restrict(pass, List.of())).isSameAs(pass);
    assertThat(Candidates.restrict(pass, List.of(Candidates.ALL, Candidates.of()))).isSameAs(pass);
  }

  @Test
  void aMixtureRestrictsOnlyWhoIsRestricted() {
    final Network network = new MlpSpec(2, List.of(), CLASSES, Activation.TANH).network();
    final Pass pass = network.forward(random(new Shape(2, 2), 5), parameters(network));

    final double[] before = pass.logits().toDoubleArray();
    final double[] after =
        Candidates.restrict(pass, List.of(Candidates.ALL, Candidates.of(3)))
            .logits()
            .toDoubleArray();

    assertThat(Arrays.copyOf(after, CLASSES)).isEqualTo(Arrays.copyOf(before, CLASSES));
    assertThat(after[CLASSES + 3]).isEqualTo(before[CLASSES + 3]);
    assertThat(after[CLASSES]).isEqualTo(Double.NEGATIVE_INFINITY);
  }

  @Test
  void isTheSameFromItsClassesAndFromItsWords() {
    final Candidates some = Candidates.of(70, 0, 64);

    assertThat(some.classes()).containsExactly(0, 64, 70);
    assertThat(some.contains(64)).isTrue();
    assertThat(some.contains(63)).isFalse();
    assertThat(Candidates.of(some.classes())).isEqualTo(some).hasSameHashCodeAs(some);
    assertThat(some.words(2)).containsExactly(1, 0b1000001);
    assertThat(Candidates.ofWords(some.words(3))).isEqualTo(some);
    assertThat(Candidates.ofWords(Candidates.ALL.words(2))).isSameAs(Candidates.ALL);
  }

  @Test
  void refusesWhatIsNoSetOfClasses() {
    final Pass pass =
        new MlpSpec(2, List.of(), CLASSES, Activation.TANH)
            .network()
            .forward(
                random(new Shape(2, 2), 5),
                parameters(new MlpSpec(2, List.of(), CLASSES, Activation.TANH).network()));

    assertThatThrownBy(() -> Candidates.of(1, -2)).hasMessageContaining("candidate -2");
    assertThatThrownBy(() -> Candidates.of(1, 4, 1))
        .hasMessageContaining("candidate 1 comes twice");
    assertThatThrownBy(() -> Candidates.restrict(pass, List.of(Candidates.of(1))))
        .hasMessageContaining("1 lists of candidates of 2 predictions");
  }

  /** Over the candidates alone, in plain doubles. */
  private static double loss(final Network network, final NDArray x, final NDList theta) {
    final double[] logits = network.forward(x, theta).logits().toDoubleArray();
    double sum = 0;
    for (int i = 0; i < LABELS.length; i++) {
      double total = 0;
      for (final int c : CANDIDATES.get(i).classes()) {
        total += Math.exp(logits[i * CLASSES + c]);
      }
      sum += Math.log(total) - logits[i * CLASSES + LABELS[i]];
    }
    return sum / LABELS.length;
  }

  private NDList shifted(final NDList theta, final int leaf, final int element, final double by) {
    final List<NDArray> moved = new ArrayList<>(theta);
    final double[] values = theta.get(leaf).toDoubleArray();
    values[element] += by;
    moved.set(leaf, manager.create(values, theta.get(leaf).getShape()));
    return new NDList(moved);
  }

  private NDList parameters(final Network network) {
    final NDList parameters = new NDList();
    network
        .initialise(manager, 7)
        .forEach(array -> parameters.add(random(array.getShape(), array.size())));
    return parameters;
  }

  private NDArray random(final Shape shape, final long seed) {
    final SplittableRandom random = new SplittableRandom(seed);
    final double[] values = new double[(int) shape.size()];
    Arrays.setAll(values, i -> random.nextGaussian());
    return manager.create(values, shape);
  }
}
