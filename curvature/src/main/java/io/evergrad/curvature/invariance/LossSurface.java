/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.invariance;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;

/**
 * The loss at a few points θ: the user's, and perturbed ones, where no tensor is constant. A gain
 * of ones or a bias of zeros is left alone by elements that a trained one would not be.
 */
final class LossSurface implements AutoCloseable {

  /**
   * @param loss L(θ)
   * @param scale what changes of the loss are relative to
   */
  private record Point(NDList parameters, double loss, double scale) {}

  private final NDManager manager;
  private final ToDoubleFunction<NDList> loss;
  private final List<Point> points = new ArrayList<>();
  private final double tolerance;

  /**
   * @param perturbations relative to each tensor's root mean square, ascending
   * @throws UndecidableLoss if the loss is not finite, not deterministic or constant
   */
  LossSurface(
      final NDList parameters,
      final ToDoubleFunction<NDList> loss,
      final List<Double> perturbations,
      final SplittableRandom random)
      throws UndecidableLoss {
    this.loss = loss;
    tolerance = parameters.stream().mapToDouble(p -> tolerance(p.getDataType())).max().orElse(0);
    manager = parameters.head().getManager().newSubManager();
    try {
      add(parameters, "at θ");
      for (final double perturbation : perturbations) {
        final NDList perturbed = new NDList(parameters.size());
        for (final NDArray parameter : parameters) {
          perturbed.add(perturbed(parameter, perturbation, random));
        }
        add(perturbed, "where θ is perturbed by " + perturbation + " of its size");
      }
      final double first = points.get(0).loss();
      if (points.stream().allMatch(point -> point.loss() == first)) {
        throw new UndecidableLoss(
            "the loss is "
                + first
                + " at θ and wherever θ is perturbed: expected it to depend on θ; compute it from"
                + " the parameters that are passed to it");
      }
    } catch (final UndecidableLoss | RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  /** What rounding may change, relative; far below what a wrong element changes. */
  private static double tolerance(final DataType type) {
    return switch (type) {
      case FLOAT64 -> 1e-9;
      case FLOAT32 -> 5e-5;
      case FLOAT16, BFLOAT16 -> 2e-2;
      default ->
          throw new IllegalArgumentException(
              "parameters of type " + type + ": expected a floating-point type");
    };
  }

  private void add(final NDList parameters, final String where) throws UndecidableLoss {
    final double value = evaluate(parameters, UnaryOperator.identity());
    final double again = evaluate(parameters, UnaryOperator.identity());
    if (!Double.isFinite(value)) {
      throw new UndecidableLoss(
          "the loss is "
              + value
              + " "
              + where
              + ": expected a finite number; look at the batch and the parameters"
              + (points.isEmpty() ? "" : ", or perturb them less"));
    }
    // A well-trained θ has next to no loss, which says nothing of its rounding: a perturbed one
    // has.
    final double scale =
        Math.max(Math.abs(value), points.size() > 1 ? Math.abs(points.get(1).loss()) : 0);
    if (!(Math.abs(value - again) <= tolerance * scale)) {
      throw new UndecidableLoss(
          "the loss is "
              + value
              + " and then "
              + again
              + " "
              + where
              + ": expected the same twice; use one fixed batch, and no dropout or other"
              + " randomness");
    }
    points.add(new Point(parameters, value, scale));
    if (points.size() == 2) {
      final Point start = points.get(0);
      points.set(0, new Point(start.parameters(), start.loss(), Math.max(start.scale(), scale)));
    }
  }

  /**
   * Adds normal numbers; a tensor of positive numbers stays positive (a variance has to), and one
   * of zeros has size 1.
   */
  private NDArray perturbed(
      final NDArray parameter, final double perturbation, final SplittableRandom random) {
    final double[] normal = new double[Math.toIntExact(parameter.size())];
    for (int i = 0; i < normal.length; i++) {
      normal[i] = perturbation * random.nextGaussian();
    }
    try (NDManager scope = manager.newSubManager()) {
      final NDArray value = parameter.toType(DataType.FLOAT64, true);
      value.attach(scope);
      final NDArray noise = scope.create(normal, parameter.getShape());
      final double size = Math.sqrt(value.square().mean().getDouble());
      final NDArray perturbed =
          value.min().getDouble() > 0
              ? value.mul(noise.exp())
              : value.add(noise.mul(size > 0 ? size : 1));
      final NDArray result = perturbed.toType(parameter.getDataType(), true);
      result.attach(manager);
      return result;
    }
  }

  private double evaluate(final NDList parameters, final UnaryOperator<NDList> move) {
    try (NDManager scope = manager.newSubManager()) {
      final NDList copies = new NDList(parameters.size());
      for (final NDArray parameter : parameters) {
        final NDArray copy = parameter.duplicate();
        copy.attach(scope);
        copies.add(copy);
      }
      return loss.applyAsDouble(move.apply(copies));
    }
  }

  int points() {
    return points.size();
  }

  /** The largest change of the loss that counts as rounding, relative. */
  double tolerance() {
    return tolerance;
  }

  /** |L(Aθ) − L(θ)|, relative; infinite if L(Aθ) is not finite. */
  double deviation(final int point, final UnaryOperator<NDList> element) {
    final Point at = points.get(point);
    final double moved = evaluate(at.parameters(), element);
    return Double.isFinite(moved)
        ? Math.abs(moved - at.loss()) / at.scale()
        : Double.POSITIVE_INFINITY;
  }

  @Override
  public void close() {
    manager.close();
  }
}
