/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.blocks.Spectra;
import io.evergrad.curvature.kinds.Range;
import io.evergrad.curvature.linalg.LinearAlgebra;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Shampoo (Gupta, Koren and Singer 2018, Algorithm 1) for a weight's gradient G of u × n: L of GGᵀ,
 * R of GᵀG, W ← W − η L^{-1/4} Ḡ R^{-1/4}. A vector has one axis, and L^{-1/2} (Algorithm 2 with k
 * = 1).
 *
 * <p>As in its later use (Anil et al. 2020) L and R are moving averages instead of sums, Ḡ is the
 * gradient's moving average, and the roots are computed anew every few steps. εI is relative:
 * damping times the largest eigenvalue. Where the block limit cuts an axis, the coupling between
 * its ranges is dropped.
 *
 * <p>Symbols: Ḡ, {@code momentum}; L and R, {@code Axis.moment} of units and inputs.
 */
final class ShampooStep implements LayerStep {
  private final LearnerSettings settings;
  private final LinearAlgebra algebra;
  private final int leaf;
  private final Shape shape;
  private final NDArray momentum;
  private final List<Axis> axes;

  /** An axis: its moment, and the moment's damped inverse root. */
  private record Axis(String name, BlockDiagonal moment, BlockDiagonal root) {}

  /**
   * @param shape u × n of the leaf; n is 1 for a vector
   */
  ShampooStep(
      final LearnerSettings settings,
      final int leaf,
      final Shape shape,
      final NDManager manager,
      final LinearAlgebra algebra) {
    this.settings = settings;
    this.algebra = algebra;
    this.leaf = leaf;
    this.shape = shape;
    momentum = manager.zeros(shape);
    final Axis units = axis("units.", manager, shape.get(0));
    axes =
        shape.get(1) == 1 ? List.of(units) : List.of(units, axis("inputs.", manager, shape.get(1)));
  }

  private Axis axis(final String name, final NDManager manager, final long length) {
    final List<Range> ranges = Range.cut((int) length, settings.blockLimit());
    return new Axis(
        name,
        BlockDiagonal.zeros(manager, ranges, DataType.FLOAT32),
        BlockDiagonal.zeros(manager, ranges, DataType.FLOAT32));
  }

  @Override
  public int step(final NDList parameters, final NDList gradient, final long steps) {
    final NDArray g = gradient.get(leaf).reshape(shape);
    momentum.muli(settings.momentum()).addi(g.mul(1 - settings.momentum()));
    for (int i = 0; i < axes.size(); i++) {
      final NDArray rows = i == 0 ? g.transpose() : g;
      final BlockDiagonal moment = axes.get(i).moment();
      moment.accumulate(settings.decay(), moment.products(rows, rows), 1 - settings.decay());
    }
    // At the start the moments span few directions, and a stale root would magnify every new one.
    final int interval = settings.updateInterval();
    final int retries = steps <= interval || (steps - 1) % interval == 0 ? roots(steps) : 0;
    NDArray direction = axes.get(0).root().after(momentum.transpose()).transpose();
    if (axes.size() > 1) {
      direction = axes.get(1).root().after(direction);
    }
    final double rate = settings.learningRate() / (1 - Math.pow(settings.momentum(), steps));
    parameters.get(leaf).reshape(shape).subi(direction.mul(rate));
    return retries;
  }

  @Override
  public void renew(final long steps) {
    roots(steps);
  }

  private int roots(final long steps) {
    final double correction = 1 / (1 - Math.pow(settings.decay(), steps));
    final double power = -0.5 / axes.size();
    int retries = 0;
    for (final Axis axis : axes) {
      for (final Range range : axis.moment().ranges()) {
        final Spectra.DampedPower root =
            Spectra.dampedPower(
                algebra, axis.moment().on(range).mul(correction), power, settings.damping());
        retries += root.retries();
        axis.root().on(range).muli(0).addi(root.value());
      }
    }
    return retries;
  }

  @Override
  public void forEachAverage(final AverageVisitor visitor) {
    visitor.visit("momentum." + leaf, momentum, settings.momentum());
    for (final Axis axis : axes) {
      axis.moment()
          .forEachArray(
              axis.name() + "moment." + leaf,
              (name, array) -> visitor.visit(name, array, settings.decay()));
    }
  }

  @Override
  public void forEachDerived(final BiConsumer<String, NDArray> action) {
    axes.forEach(axis -> axis.root().forEachArray(axis.name() + "root." + leaf, action));
  }
}
