/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.invariance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import io.evergrad.curvature.symmetry.GroupType;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class InvarianceCheckTest {
  private static final InvarianceCheck CHECK = InvarianceCheck.seeded(1);

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  static Stream<Arguments> right() {
    return Stream.of(
            Arguments.of("relu", relu()),
            Arguments.of("relu, coarser", relu().with("h1", GroupType.IDENTITY, 6)),
            Arguments.of("tanh", tanh()),
            Arguments.of("tanh, permuted", tanh().with("h2", GroupType.PERMUTATION, 6)),
            Arguments.of("tanh, flipped", tanh().with("h2", GroupType.SIGN_FLIPS, 6)),
            Arguments.of("linear", Network.mlp(z -> z, GroupType.ORTHOGONAL)),
            Arguments.of("gelu", gelu()),
            Arguments.of("convolutional", Network.convolutional()),
            Arguments.of("recurrent", Network.recurrent()),
            Arguments.of("transformer", Network.transformer()))
        .flatMap(
            a ->
                Stream.of(DataType.FLOAT32, DataType.FLOAT64)
                    .map(type -> Arguments.of(a.get()[0], a.get()[1], type)));
  }

  private static Network relu() {
    return Network.mlp(Activation::relu, GroupType.PERMUTATION);
  }

  private static Network gelu() {
    return Network.mlp(Activation::gelu, GroupType.PERMUTATION);
  }

  private static Network tanh() {
    return Network.mlp(NDArray::tanh, GroupType.SIGNED_PERMUTATION);
  }

  @ParameterizedTest(name = "{0}, {2}")
  @MethodSource("right")
  void acceptsRightDeclarations(final String name, final Network network, final DataType type) {
    final Verdict verdict =
        CHECK.check(network.symmetry(), network.initial(manager, type), network.loss());

    assertThat(verdict).isInstanceOf(Verdict.Accepted.class);
    assertThatCode(verdict::orThrow).doesNotThrowAnyException();
    final Verdict.Accepted accepted = (Verdict.Accepted) verdict;
    assertThat(accepted.deviations()).containsOnlyKeys(network.symmetry().groups().keySet());
    assertThat(accepted.deviations().values()).allMatch(d -> d <= accepted.tolerance());
    assertThat(accepted.together()).isLessThanOrEqualTo(accepted.tolerance());
  }

  static Stream<Arguments> wrong() {
    return Stream.of(
        wrong(
            "orthogonal on ReLU",
            relu().with("h1", GroupType.ORTHOGONAL, 6),
            "group 'h1' (orthogonal 6) on axis 0 of 'w1', axis 0 of 'bias1', axis 1 of 'w2'",
            "' as permutation"),
        wrong(
            "signed permutation on ReLU",
            relu().with("h2", GroupType.SIGNED_PERMUTATION, 6),
            "group 'h2' (signed-permutation 6)",
            "' as permutation"),
        wrong(
            "sign flips on GELU",
            gelu().with("h2", GroupType.SIGN_FLIPS, 6),
            "group 'h2' (sign-flips 6)",
            "' as permutation"),
        wrong(
            "orthogonal on tanh",
            tanh().with("h1", GroupType.ORTHOGONAL, 6),
            "group 'h1' (orthogonal 6)",
            "' as signed-permutation"),
        wrong(
            "forgotten bias, which is zero",
            relu().with("bias1", "free"),
            "group 'h1'",
            "declare axis 0 of 'bias1' as 'h1', not free"),
        wrong(
            "wrong axis of the next matrix",
            relu().with("w2", "h1 free").with("h2", GroupType.IDENTITY, 6),
            "group 'h1'",
            "declare axis 1 of 'w2' as 'h1', not free and axis 0 of 'w2' not as 'h1'"),
        wrong(
            "the groups of a matrix swapped",
            relu().with("w2", "h1 h2"),
            "declare axis 1 of 'w2' as 'h1', not 'h2' and axis 0 of 'w2' not as 'h1'",
            "declare axis 0 of 'w2' as 'h2', not 'h1' and axis 1 of 'w2' not as 'h2'"),
        wrong(
            "the bias of one layer with the group of another",
            tanh().with("bias2", "h1"),
            "declare axis 0 of 'bias2' not as 'h1'",
            "declare axis 0 of 'bias2' as 'h2', not 'h1'"),
        wrong(
            "the classes",
            relu()
                .with("classes", GroupType.PERMUTATION, 3)
                .with("w3", "classes h2")
                .with("bias3", "classes"),
            "group 'classes' (permutation 3) on axis 0 of 'w3', axis 0 of 'bias3'",
            "declare these axes free"),
        wrong(
            "the inputs",
            relu().with("inputs", GroupType.SIGN_FLIPS, 4).with("w1", "h1 inputs"),
            "group 'inputs' (sign-flips 4) on axis 1 of 'w1'",
            "declare these axes free"),
        wrong(
            "a gain of a norm forgotten, which is one",
            Network.convolutional().with("gain", "free"),
            "group 'c1'",
            "declare axis 0 of 'gain' as 'c1', not free"),
        wrong(
            "channels and positions mixed up by flattening",
            Network.convolutional().with("head", "free free c2"),
            "group 'c2'",
            "declare axis 1 of 'head' as 'c2', not free and axis 2 of 'head' not as 'c2'"),
        wrong(
            "signs through batch norm and ReLU",
            Network.convolutional().with("c1", GroupType.SIGNED_PERMUTATION, 4),
            "group 'c1' (signed-permutation 4)",
            "' as permutation"),
        wrong(
            "a recurrent matrix on one axis only",
            Network.recurrent().with("wh", "h free"),
            "group 'h'",
            "declare axis 1 of 'wh' as 'h', not free"),
        wrong(
            "orthogonal on a recurrent tanh",
            Network.recurrent().with("h", GroupType.ORTHOGONAL, 5),
            "group 'h' (orthogonal 5)",
            "' as signed-permutation"),
        wrong(
            "a key with another group than its query",
            Network.transformer().with("key", "heads vo stream"),
            "declare axis 1 of 'key' as 'qk', not 'vo'",
            "declare axis 1 of 'key' not as 'vo'"),
        wrong(
            "a query's bias forgotten, which is zero",
            Network.transformer().with("biasQuery", "heads free"),
            "group 'qk'",
            "declare axis 1 of 'biasQuery' as 'qk', not free"),
        wrong(
            "heads forgotten on the output",
            Network.transformer().with("output", "stream free vo"),
            "group 'heads'",
            "declare axis 1 of 'output' as 'heads', not free"),
        wrong(
            "a gain forgotten on a permuted residual stream",
            Network.transformer().with("gain1", "free"),
            "group 'stream'",
            "declare axis 0 of 'gain1' as 'stream', not free"),
        wrong(
            "a residual connection forgotten",
            Network.transformer().with("embedding", "free free").with("position", "free free"),
            "group 'stream'",
            "declare axis 1 of 'embedding' as 'stream', not free and axis 1 of 'position' as 'stream'"),
        wrong(
            "a rotated residual stream",
            Network.transformer().with("stream", GroupType.ORTHOGONAL, 6),
            "group 'stream' (orthogonal 6)",
            "' as permutation"),
        wrong(
            "a wrong type and a forgotten bias",
            gelu().with("h1", GroupType.SIGNED_PERMUTATION, 6).with("bias1", "free"),
            "group 'h1'",
            "' as permutation and axis 0 of 'bias1' as 'h1', not free"));
  }

  private static Arguments wrong(
      final String name, final Network network, final String... diagnosis) {
    return Arguments.of(name, network, List.of(diagnosis));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wrong")
  void refusesWrongDeclarationsNamingTensorAndAxis(
      final String name, final Network network, final List<String> diagnosis) {
    for (final DataType type : List.of(DataType.FLOAT32, DataType.FLOAT64)) {
      final Verdict verdict =
          CHECK.check(network.symmetry(), network.initial(manager, type), network.loss());

      assertThatThrownBy(verdict::orThrow)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll(diagnosis.toArray(String[]::new));
    }
  }

  @Test
  void findsABiasThatIsZeroAtTheUsersParameters() {
    final Network network = relu().with("bias1", "free");
    final NDList parameters = network.initial(manager, DataType.FLOAT64);
    final double before = network.loss().applyAsDouble(parameters);
    final SymmetryElement element =
        SymmetryElement.random(network.symmetry(), new SplittableRandom(4));

    final double after = network.loss().applyAsDouble(element.apply(parameters));

    assertThat(Math.abs(after - before)).isLessThan(1e-12);
    assertThat(CHECK.check(network.symmetry(), parameters, network.loss()))
        .isInstanceOfSatisfying(
            Verdict.Refused.class,
            refused ->
                assertThat(refused.faults())
                    .singleElement()
                    .satisfies(
                        fault ->
                            assertThat(fault.remedies())
                                .containsExactly(
                                    new Remedy(
                                        GroupType.PERMUTATION,
                                        List.of(),
                                        List.of(new Axis("bias1", 0))))));
  }

  @Test
  void leavesTheParametersAsTheyAreAndRepeatsItself() {
    final Network network = tanh().with("bias2", "h1");
    final NDList parameters = network.initial(manager, DataType.FLOAT32);
    final List<float[]> before = parameters.stream().map(NDArray::toFloatArray).toList();

    final Verdict first = CHECK.check(network.symmetry(), parameters, network.loss());

    assertThat(CHECK.check(network.symmetry(), parameters, network.loss())).isEqualTo(first);
    for (int i = 0; i < before.size(); i++) {
      assertThat(parameters.get(i).toFloatArray()).isEqualTo(before.get(i));
    }
  }

  @Test
  void refusesALossThatIsNotFinite() {
    refuses(parameters -> Double.NaN, "the loss is NaN at θ: expected a finite number");
    final NDList atTheta = relu().initial(manager, DataType.FLOAT64);
    refuses(
        parameters -> parameters.get(0).equals(atTheta.get(0)) ? 1 : Double.POSITIVE_INFINITY,
        "the loss is Infinity where θ is perturbed by 0.1 of its size",
        "perturb them less");
  }

  @Test
  void refusesALossThatIsRandom() {
    final SplittableRandom random = new SplittableRandom(1);
    refuses(
        parameters -> parameters.get(0).sum().getDouble() + random.nextDouble(),
        "expected the same twice",
        "no dropout");
  }

  @Test
  void refusesALossThatDoesNotReadTheParametersItIsGiven() {
    refuses(parameters -> 1.5, "the loss is 1.5 at θ and wherever θ is perturbed");
  }

  private void refuses(final ToDoubleFunction<NDList> loss, final String... reasons) {
    final Verdict verdict =
        CHECK.check(relu().symmetry(), relu().initial(manager, DataType.FLOAT64), loss);
    assertThat(verdict)
        .isInstanceOfSatisfying(
            Verdict.Refused.class,
            refused -> {
              assertThat(refused.faults()).isEmpty();
              assertThat(refused.reason()).contains("cannot be checked").contains(reasons);
            });
  }

  @Test
  void refusesParametersOfOtherShapes() {
    final Network network = relu();
    final NDList parameters = network.initial(manager, DataType.FLOAT32);
    parameters.set(2, manager.zeros(new Shape(6, 5)));
    assertThatThrownBy(() -> CHECK.check(network.symmetry(), parameters, network.loss()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("parameter 2 has shape [6, 5], expected [6, 6] of leaf 'w2'");
    parameters.remove(2);
    assertThatThrownBy(() -> CHECK.check(network.symmetry(), parameters, network.loss()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("5 parameters for 6 leaves");
  }

  @Test
  void refusesSettingsOutOfRange() {
    assertThatThrownBy(() -> new InvarianceCheck(1, 0, List.of(0.1), 1))
        .hasMessageContaining("0 elements");
    assertThatThrownBy(() -> new InvarianceCheck(1, 1, List.of(), 1))
        .hasMessageContaining("perturbations []");
  }
}
