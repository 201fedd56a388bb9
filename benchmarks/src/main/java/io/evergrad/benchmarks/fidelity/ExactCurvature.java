/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.blocks.Vectors;
import io.evergrad.curvature.linalg.Matrices;
import io.evergrad.curvature.network.ExampleGradients;
import io.evergrad.curvature.network.Pass;
import java.util.ArrayList;
import java.util.List;

/** The matrices that approximations are held against, N × N and float64, on a manager of choice. */
final class ExactCurvature {
  /** Step of the central differences: cube root of float64's precision, times a few. */
  private static final double STEP = 2e-5;

  private ExactCurvature() {}

  /** The Hessian, by central differences of the exact gradient, made symmetric. */
  static NDArray hessian(final NDManager target, final Model model) {
    return hessian(target, model, STEP);
  }

  /** The Hessian, by central differences of that step. */
  static NDArray hessian(final NDManager target, final Model model, final double step) {
    final int n = model.count();
    final NDArray rows = target.zeros(new Shape(n, n), model.features().getDataType());
    for (int i = 0; i < n; i++) {
      try (NDManager scope = target.newSubManager()) {
        final NDArray here = model.theta();
        here.attach(scope);
        final NDArray unit = here.zerosLike();
        unit.get(":, {}", i).addi(step);
        final NDArray features = model.features().duplicate();
        features.attach(scope);
        final Model scoped =
            new Model(model.network(), model.parameters(), features, model.targets());
        final NDArray slope =
            scoped.gradientAt(here.add(unit)).sub(scoped.gradientAt(here.sub(unit))).div(2 * step);
        rows.get(i).addi(slope.reshape(new Shape(n)));
      }
    }
    return rows.add(Matrices.transposed(rows)).mul(0.5);
  }

  /**
   * The generalised Gauss–Newton matrix, from each logit's Jacobian J: the mean over predictions of
   * Jᵀ (diag(π) − π πᵀ) J, π = softmax of the logits.
   */
  static NDArray gaussNewton(final NDManager target, final Model model) {
    final int n = model.count();
    final NDArray sum = target.zeros(new Shape(n, n), model.features().getDataType());
    final Pass pass = model.pass();
    final NDArray probabilities = pass.logits().softmax(1);
    final int classes = model.network().spec().classes();
    final int predictions = model.network().spec().predictions();
    for (int p = 0; p < predictions; p++) {
      final NDArray ofPrediction = every(probabilities, p, predictions);
      NDArray mean = null;
      for (int c = 0; c < classes; c++) {
        final NDArray pi = ofPrediction.get(":, {}:{}", c, c + 1);
        final NDArray unit = pass.logits().zerosLike();
        every(unit, p, predictions).get(":, {}", c).addi(1);
        final NDArray jacobian = rows(pass.backward(unit));
        sum.addi(Matrices.transposed(jacobian).matMul(jacobian.mul(pi)));
        final NDArray share = jacobian.mul(pi);
        mean = mean == null ? share : mean.add(share);
      }
      sum.subi(Matrices.gram(mean));
    }
    return sum.div((double) model.examples() * predictions);
  }

  /** Rows p, p + step, p + 2 step, …; a view. */
  private static NDArray every(final NDArray rows, final int p, final int step) {
    return rows.get("{}::{}", p, step);
  }

  /** Each example's gradient, B × N. */
  private static NDArray rows(final ExampleGradients gradients) {
    return Vectors.join(gradients.perExample(0, gradients.examples()), gradients.examples());
  }

  /** The mean of g gᵀ over gradients, N × N. */
  static NDArray secondMoment(final NDManager target, final ExampleGradients gradients) {
    final NDArray rows = rows(gradients);
    final NDArray moment =
        Matrices.gram(rows).div((double) gradients.examples() * gradients.predictions());
    moment.attach(target);
    return moment;
  }

  /**
   * The expectation over the model's own labels as a sum: gradients whose mean second moment is the
   * Fisher. There is one for each class y of each prediction, by the derivative √(C π_y) (π −
   * onehot(y)) of that prediction alone, C the number of classes. Labels of different predictions
   * are independent given the input, so that products between predictions have mean zero.
   */
  static ExampleGradients overLabels(final Model model) {
    final Pass pass = model.pass();
    final NDArray probabilities = pass.logits().softmax(1);
    final int classes = model.network().spec().classes();
    final int predictions = model.network().spec().predictions();
    final List<ExampleGradients> parts = new ArrayList<>();
    for (int p = 0; p < predictions; p++) {
      final NDArray pi = every(probabilities, p, predictions);
      for (int y = 0; y < classes; y++) {
        final NDArray derivative = pass.logits().zerosLike();
        final NDArray difference = pi.duplicate();
        difference.get(":, {}", y).subi(1);
        every(derivative, p, predictions)
            .addi(difference.mul(pi.get(":, {}:{}", y, y + 1).mul(classes).sqrt()));
        parts.add(pass.backward(derivative));
      }
    }
    return joined(parts);
  }

  private static ExampleGradients joined(final List<ExampleGradients> parts) {
    final List<ExampleGradients.Factors> factors = new ArrayList<>();
    for (int i = 0; i < parts.get(0).leaves().size(); i++) {
      final NDList rows = new NDList();
      final NDList columns = new NDList();
      for (final ExampleGradients part : parts) {
        rows.add(part.factors().get(i).rows());
        if (part.factors().get(i).columns() != null) {
          columns.add(part.factors().get(i).columns());
        }
      }
      factors.add(
          new ExampleGradients.Factors(
              NDArrays.concat(rows), columns.isEmpty() ? null : NDArrays.concat(columns)));
    }
    return new ExampleGradients(parts.get(0).leaves(), factors, 1);
  }
}
