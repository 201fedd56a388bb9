/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.evergrad.curvature.linalg.Matrices;
import io.evergrad.curvature.network.Network;
import io.evergrad.curvature.network.NetworkSpec;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ExactCurvatureTest {

  @ParameterizedTest
  @MethodSource("io.evergrad.benchmarks.fidelity.Small#specs")
  void fisherOverAllLabelsIsTheGaussNewtonMatrix(final NetworkSpec spec) {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      final Model model = Small.model(manager, spec);

      final NDArray gaussNewton = ExactCurvature.gaussNewton(manager, model);
      final NDArray fisher = ExactCurvature.secondMoment(manager, ExactCurvature.overLabels(model));

      assertThat(Frobenius.norm(gaussNewton)).isPositive();
      assertThat(Frobenius.error(fisher, gaussNewton)).isLessThan(1e-12);
    }
  }

  /** Without hidden layers the logits are linear in θ, so nothing is left of the second term. */
  @Test
  void hessianOfALinearModelIsItsGaussNewtonMatrix() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      final Model model = Small.model(manager, Small.linear());

      final NDArray hessian = ExactCurvature.hessian(manager, model);

      assertThat(Frobenius.error(hessian, ExactCurvature.gaussNewton(manager, model)))
          .isLessThan(1e-8);
    }
  }

  @ParameterizedTest
  @MethodSource("io.evergrad.benchmarks.fidelity.Small#specs")
  void hessianDoesNotDependOnTheStepAndPredictsTheLoss(final NetworkSpec spec) {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      final Model model = Small.model(manager, spec);
      final NDArray hessian = ExactCurvature.hessian(manager, model);

      // Figures are shown to three digits; the Transformer's third derivatives are the largest.
      assertThat(Frobenius.error(ExactCurvature.hessian(manager, model, 3e-6), hessian))
          .isLessThan(1e-5);

      final NDList moved = new NDList();
      final NDList direction = new NDList();
      final SplittableRandom random = new SplittableRandom(5);
      for (final NDArray leaf : model.parameters()) {
        final double[] values = random.doubles(leaf.size(), -1e-5, 1e-5).toArray();
        direction.add(manager.create(values).reshape(leaf.getShape()));
        moved.add(leaf.add(direction.get(direction.size() - 1)));
      }
      final Network network = model.network();
      final NDArray v =
          new Model(network, direction, model.features(), model.targets()).theta().transpose();
      final double slope = model.gradient().matMul(v).getDouble();
      final double bend = v.transpose().matMul(hessian).matMul(v).getDouble();
      final double back =
          new Model(
                  network, minus(model.parameters(), direction), model.features(), model.targets())
              .loss();
      final double there = new Model(network, moved, model.features(), model.targets()).loss();
      assertThat((there - back) / 2).isCloseTo(slope, within(1e-5 * Math.abs(slope)));
      assertThat(there + back - 2 * model.loss()).isCloseTo(bend, within(1e-3 * Math.abs(bend)));
    }
  }

  private static NDList minus(final NDList a, final NDList b) {
    final NDList result = new NDList();
    for (int i = 0; i < a.size(); i++) {
      result.add(a.get(i).sub(b.get(i)));
    }
    return result;
  }

  @Test
  void secondMomentIsTheMeanOfOuterProducts() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      final Model model = Small.model(manager, Small.linear());
      NDArray sum = null;
      for (int i = 0; i < model.examples(); i++) {
        final Model one =
            new Model(
                model.network(),
                model.parameters(),
                model.features().get("{}:{}", i, i + 1),
                new int[] {model.targets()[i]});
        final NDArray outer = Matrices.gram(one.gradient());
        sum = sum == null ? outer : sum.add(outer);
      }

      assertThat(
              Frobenius.error(
                  ExactCurvature.secondMoment(manager, model.gradients()),
                  sum.div(model.examples())))
          .isLessThan(1e-14);
    }
  }
}
