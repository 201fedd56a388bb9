/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.network.NetworkSpec;
import io.evergrad.curvature.symmetry.GroupType;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ChoiceTest {

  private static Curvature estimate(final String name, final Evidence evidence) {
    return Choice.all().stream()
        .filter(choice -> choice.name().equals(name))
        .findFirst()
        .orElseThrow()
        .estimate()
        .apply(evidence);
  }

  /** With one example a is the same for all labels, so that the Fisher is a product. */
  @Test
  void kroneckerProductsAreExactForOneLayerAndOneExample() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        LinearAlgebra algebra = new LinearAlgebra()) {
      final Model model = Small.model(manager, Small.linear(), 1);
      final NDArray exact = ExactCurvature.gaussNewton(manager, model);
      final Evidence evidence = Small.evidence(model, algebra);

      for (final String name :
          new String[] {
            "K-FAC", "K-FAC, reduce", "two-sided", "two-sided, iterated", "each layer whole"
          }) {
        assertThat(Frobenius.error(estimate(name, evidence).dense(), exact))
            .as(name)
            .isLessThan(1e-12);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.evergrad.benchmarks.fidelity.Small#specs")
  void diagonalAndWholeLayersAreThoseOfTheFisher(final NetworkSpec spec) {
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        LinearAlgebra algebra = new LinearAlgebra()) {
      final Model model = Small.model(manager, spec);
      final NDArray exact = ExactCurvature.gaussNewton(manager, model);
      final Evidence evidence = Small.evidence(model, algebra);
      final int n = model.count();
      final NDArray eye = manager.eye(n).toType(DataType.FLOAT64, false);

      final Curvature diagonal = estimate("diagonal", evidence);
      assertThat(diagonal.elements()).isEqualTo(n);
      assertThat(Frobenius.error(diagonal.dense(), exact.mul(eye))).isLessThan(1e-12);

      final NDArray whole = estimate("each layer whole", evidence).dense();
      assertThat(Frobenius.norm(whole.sub(exact).mul(whole.neq(0).toType(DataType.FLOAT64, false))))
          .isLessThan(1e-12 * Frobenius.norm(exact));
      assertThat(estimate("identity, scaled", evidence).dense().mul(eye).sum().getDouble())
          .isCloseTo(exact.mul(eye).sum().getDouble(), within(1e-10));
    }
  }

  @ParameterizedTest
  @MethodSource("io.evergrad.benchmarks.fidelity.Small#specs")
  void iteratingBringsTheTwoSidedFormCloserAtTheSameMemory(final NetworkSpec spec) {
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        LinearAlgebra algebra = new LinearAlgebra()) {
      final Model model = Small.model(manager, spec);
      final NDArray exact = ExactCurvature.gaussNewton(manager, model);
      final Evidence evidence = Small.evidence(model, algebra);
      final Curvature iterated = estimate("two-sided, iterated", evidence);
      final double error = Frobenius.error(iterated.dense(), exact);

      for (final String name : new String[] {"two-sided", "K-FAC", "K-FAC, reduce", "Shampoo"}) {
        final Curvature other = estimate(name, evidence);
        assertThat(error).as(name).isLessThan(Frobenius.error(other.dense(), exact));
        assertThat(iterated.elements()).as(name).isEqualTo(other.elements());
      }
      assertThat(Frobenius.error(estimate("two-sided, iterated, 2 terms", evidence).dense(), exact))
          .isLessThanOrEqualTo(error);
      assertThat(
              Frobenius.error(estimate("two-sided, iterated + coupling", evidence).dense(), exact))
          .isLessThan(error);
    }
  }

  /** Averaging over sign flips of units, by brute force over all 2^4 group elements. */
  @Test
  void signFlipsAverageAsBruteForceDoes() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        LinearAlgebra algebra = new LinearAlgebra()) {
      final Model model = Small.model(manager, Small.mlp());
      final LayerGradients layer = Small.evidence(model, algebra).layers().get(0);
      final NDArray whole = layer.secondMoment();
      NDArray sum = whole.zerosLike();
      for (int flips = 0; flips < 16; flips++) {
        final double[] signs = new double[24];
        for (int i = 0; i < signs.length; i++) {
          final int unit = i < 20 ? i / 5 : i - 20;
          signs[i] = (flips >> unit & 1) == 0 ? 1 : -1;
        }
        final NDArray s = manager.create(signs);
        sum = sum.add(whole.mul(s).mul(s.expandDims(1)));
      }

      final Curvature average =
          LayerMethod.orbit("", GroupType.SIGN_FLIPS, GroupType.IDENTITY).estimate().apply(layer);

      assertThat(average.elements()).isEqualTo(4 * 6 * 6);
      assertThat(Frobenius.error(average.dense(), sum.div(16))).isLessThan(1e-12);
    }
  }

  @ParameterizedTest
  @MethodSource("io.evergrad.benchmarks.fidelity.Small#specs")
  void dialKeepsToItsBudgetAndIsAtLeastAsCloseAsTheSingleChoices(final NetworkSpec spec) {
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        LinearAlgebra algebra = new LinearAlgebra()) {
      final Model model = Small.model(manager, spec);
      final NDArray exact = ExactCurvature.gaussNewton(manager, model);
      final Evidence evidence = Small.evidence(model, algebra);

      final Map<Budget, Plan> plans = Budget.plans(evidence);

      final long kfac = estimate("K-FAC", evidence).elements();
      double last = Double.POSITIVE_INFINITY;
      for (final Budget budget : Budget.values()) {
        final Curvature mixed = plans.get(budget).estimate(evidence);
        final double error = Frobenius.error(mixed.dense(), exact);
        assertThat(mixed.elements()).isLessThanOrEqualTo((long) (kfac * budget.multiple()));
        assertThat(error).isLessThanOrEqualTo(last + 1e-12);
        last = error;
        if (budget == Budget.EQUAL) {
          assertThat(error)
              .isLessThanOrEqualTo(
                  Frobenius.error(estimate("two-sided, iterated", evidence).dense(), exact)
                      + 1e-12);
        }
      }
    }
  }

  @Test
  void coupledPlanIsLayersPlusWhatTheJointBlocksHaveBetweenThem() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        LinearAlgebra algebra = new LinearAlgebra()) {
      final Evidence evidence = Small.evidence(Small.model(manager, Small.mlp()), algebra);
      final Coupling coupling = Coupling.of(evidence.network(), evidence.gradients());

      // W of 5 columns and b on one side, W of 3 rows on the other, moved by signed permutations.
      assertThat(coupling.elementsByKind()).isEqualTo(Map.of("hidden1:vector", 2L * 6 * 3));
      assertThat(Frobenius.norm(coupling.only(Set.of()).dense())).isZero();
      final NDArray joint = estimate("joint", evidence).dense();
      final NDArray between = coupling.dense();
      assertThat(Frobenius.norm(between)).isPositive();
      assertThat(Frobenius.error(between.get("0:24, 24:"), joint.get("0:24, 24:")))
          .isLessThan(1e-14);
      assertThat(Frobenius.norm(between.get("0:24, 0:24"))).isZero();
    }
  }

  @Test
  void exactStepHasNoErrorAndScaleDoesNotMatter() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        LinearAlgebra algebra = new LinearAlgebra()) {
      final Model model = Small.model(manager, Small.mlp());
      final NDArray exact = ExactCurvature.gaussNewton(manager, model);
      final NDArray gradient = model.gradient().transpose();

      final DampedStep step = DampedStep.of(algebra, exact, gradient);

      assertThat(step.error(exact.mul(3)).error()).isLessThan(1e-8);
      final NDArray damped =
          exact.add(manager.eye(model.count()).toType(DataType.FLOAT64, false).mul(step.damping()));
      assertThat(Frobenius.error(damped.matMul(step.exact()), gradient)).isLessThan(1e-8);
    }
  }
}
