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
import io.evergrad.curvature.network.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * SOAP (Vyas et al. 2024, Algorithm 3): Adam in the eigenbases of Shampoo's moments. For a weight's
 * gradient G of u × n, with L and R moving averages of GGᵀ and GᵀG and Q_L, Q_R their eigenvectors:
 * G' = Q_Lᵀ G Q_R, V of G'², W ← W − η Q_L (Q_Lᵀ M̂ Q_R / (√V̂ + ε)) Q_Rᵀ, M the gradient's moving
 * average.
 *
 * <p>The first gradient only sets the bases, as in the authors' code: in its own eigenbasis it
 * would have zeros for V to divide by. Later the bases are renewed every few steps by one power
 * iteration and its orthonormal basis (Algorithm 4), their vectors sorted by descending eigenvalue,
 * and V with them. Where the block limit cuts an axis, the coupling between its ranges is dropped.
 *
 * <p>Symbols: M, {@code momentum}, with decay {@link LearnerSettings#momentum()}; V, {@code
 * second}, L and R, {@code Axis.moment} of units and inputs, with decay {@link
 * LearnerSettings#decay()}; Q, {@code Axis.basis}; ε = {@value #EPSILON}.
 */
final class SoapStep implements LayerStep {
  private static final double EPSILON = 1e-8;

  private final LearnerSettings settings;
  private final LinearAlgebra algebra;
  private final int leaf;
  private final Shape shape;
  private final NDArray momentum;
  private final NDArray second;
  private final Axis units;
  private final Axis inputs;

  /** An axis: its moment, and the moment's eigenvectors. */
  private record Axis(BlockDiagonal moment, BlockDiagonal basis) {}

  SoapStep(
      final LearnerSettings settings,
      final Layer layer,
      final NDManager manager,
      final LinearAlgebra algebra) {
    this.settings = settings;
    this.algebra = algebra;
    leaf = layer.weight();
    shape = layer.shape();
    momentum = manager.zeros(shape);
    second = manager.zeros(shape);
    units = axis(manager, layer.units());
    inputs = axis(manager, layer.inputs());
  }

  private Axis axis(final NDManager manager, final int length) {
    final List<Range> ranges = Range.cut(length, settings.blockLimit());
    return new Axis(
        BlockDiagonal.zeros(manager, ranges, DataType.FLOAT32),
        BlockDiagonal.zeros(manager, ranges, DataType.FLOAT32));
  }

  @Override
  public int step(final NDList parameters, final NDList gradient, final long steps) {
    final NDArray g = gradient.get(leaf).reshape(shape);
    final long moved = steps - 1;
    if (moved > 0) {
      momentum.muli(settings.momentum()).addi(g.mul(1 - settings.momentum()));
      second
          .muli(settings.decay())
          .addi(turned(g, units.basis(), inputs.basis()).square().muli(1 - settings.decay()));
      final double correction = Math.sqrt(1 - Math.pow(settings.decay(), moved));
      final NDArray root = second.sqrt().divi(correction).addi(EPSILON);
      final NDArray step = turned(momentum, units.basis(), inputs.basis()).divi(root);
      final NDArray direction = turned(step, units.basis().transpose(), inputs.basis().transpose());
      final double rate = settings.learningRate() / (1 - Math.pow(settings.momentum(), moved));
      parameters.get(leaf).reshape(shape).subi(direction.mul(rate));
    }
    average(units, g.transpose());
    average(inputs, g);
    if (moved == 0) {
      begin(units);
      begin(inputs);
    } else if (moved % settings.updateInterval() == 0) {
      final NDArray sortedUnits = improve(units).after(second.transpose()).transpose();
      second.muli(0).addi(improve(inputs).after(sortedUnits));
    }
    return 0;
  }

  /** Q_Lᵀ X Q_R. */
  private static NDArray turned(
      final NDArray x, final BlockDiagonal left, final BlockDiagonal right) {
    return left.after(right.after(x).transpose()).transpose();
  }

  private void average(final Axis axis, final NDArray g) {
    axis.moment().accumulate(settings.decay(), axis.moment().products(g, g), 1 - settings.decay());
  }

  private void begin(final Axis axis) {
    for (final Range range : axis.moment().ranges()) {
      final NDArray moment = axis.moment().on(range);
      try (NDManager scope = moment.getManager().newSubManager()) {
        final NDArray vectors =
            Spectra.spectrum(scope, algebra, moment).vectors().toType(DataType.FLOAT32, true);
        axis.basis().on(range).muli(0).addi(vectors.flip(1));
      }
    }
  }

  /**
   * Takes a basis towards the moment's eigenvectors.
   *
   * @return the order that the basis now has: what columns are multiplied by to have it too
   */
  private BlockDiagonal improve(final Axis axis) {
    final List<NDArray> orders = new ArrayList<>();
    for (final Range range : axis.moment().ranges()) {
      final NDArray basis = axis.basis().on(range);
      final NDArray iterated = axis.moment().on(range).matMul(basis);
      final NDArray eigenvalues = basis.mul(iterated).sum(new int[] {0});
      final NDArray order = eigenvalues.argSort(0, false).oneHot(range.size()).transpose();
      basis.muli(0).addi(algebra.orthonormal(iterated.matMul(order)));
      orders.add(order);
    }
    return new BlockDiagonal(axis.moment().ranges(), orders);
  }

  /** None: V belongs to bases of its own, and is of no use to another learner. */
  @Override
  public void forEachAverage(final AverageVisitor visitor) {}

  @Override
  public void forEachDerived(final BiConsumer<String, NDArray> action) {
    action.accept("momentum." + leaf, momentum);
    action.accept("second." + leaf, second);
    units.moment().forEachArray("units.moment." + leaf, action);
    units.basis().forEachArray("units.basis." + leaf, action);
    inputs.moment().forEachArray("inputs.moment." + leaf, action);
    inputs.basis().forEachArray("inputs.basis." + leaf, action);
  }
}
