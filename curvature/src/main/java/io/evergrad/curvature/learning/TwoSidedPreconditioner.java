/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.evergrad.curvature.blocks.Spectra;
import io.evergrad.curvature.kinds.Range;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.network.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * H = (B ⊗ A / s)^{1/2} for one layer's G = [W b]: the second moment averaged over O(units) on the
 * output axis is I ⊗ A, over O(inputs + 1) on the input axis B ⊗ I, and their product normalised to
 * its trace. Then H⁻¹ḡ = √s B^{-1/2} ḡ A^{-1/2}: two-sided Shampoo, but for its exponents of −1/4.
 *
 * <p>Each factor is damped by √λ, so that the product's least eigenvalue is about λ times its
 * largest, as in one commutant.
 *
 * <p>Symbols: A, a moving average of GᵀG / units, {@code in}; B, of GGᵀ / (inputs + 1), {@code
 * out}; s = tr B / units. A preconditioner that remembers adds κ times the precision's factors.
 * Where the block limit cuts a factor, the coupling between its ranges is dropped.
 */
final class TwoSidedPreconditioner implements Preconditioner {
  private final LearnerSettings settings;
  private final LinearAlgebra algebra;
  private final Layer layer;
  private final int index;
  private final Protector protector;
  private final Factor in;
  private final Factor out;

  /** A factor, and its inverse root; that of {@code out} is multiplied by √s. */
  private record Factor(BlockDiagonal moment, BlockDiagonal root) {}

  /**
   * @param index of the layer
   * @param protector whose precision is remembered
   */
  TwoSidedPreconditioner(
      final LearnerSettings settings,
      final Layer layer,
      final int index,
      final NDManager manager,
      final LinearAlgebra algebra,
      final Protector protector) {
    this.settings = settings;
    this.algebra = algebra;
    this.layer = layer;
    this.index = index;
    this.protector = protector;
    in = factor(manager, layer.columns());
    out = factor(manager, layer.units());
  }

  private Factor factor(final NDManager manager, final int n) {
    final List<Range> ranges = Range.cut(n, settings.blockLimit());
    return new Factor(
        BlockDiagonal.zeros(manager, ranges, DataType.FLOAT32),
        BlockDiagonal.zeros(manager, ranges, DataType.FLOAT32));
  }

  @Override
  public void accumulate(final NDList gradient) {
    final NDArray g = AffineMaps.join(layer, gradient);
    average(in.moment(), g, out.moment().side());
    average(out.moment(), g.transpose(), in.moment().side());
  }

  private void average(final BlockDiagonal moment, final NDArray g, final int dimension) {
    moment.accumulate(settings.decay(), moment.products(g, g), (1 - settings.decay()) / dimension);
  }

  @Override
  public int renew(final long steps) {
    final double correction = 1 / (1 - Math.pow(settings.decay(), steps));
    final List<NDArray> inputs = remembering(in, AffineMaps.Axis.OUTPUT, correction);
    final List<NDArray> units = remembering(out, AffineMaps.Axis.INPUT, correction);
    final double trace = units.stream().mapToDouble(Spectra::trace).sum();
    return renew(in, inputs, 1) + renew(out, units, Math.sqrt(trace / out.moment().side()));
  }

  /** The factor's second moment and κ times the precision's, range by range. */
  private List<NDArray> remembering(
      final Factor factor, final AffineMaps.Axis averaged, final double correction) {
    final List<NDArray> moments = new ArrayList<>();
    for (final Range range : factor.moment().ranges()) {
      final NDArray moment = factor.moment().on(range).mul(correction);
      final Optional<NDArray> precision =
          settings.memory() > 0 ? protector.factorOn(index, averaged, range) : Optional.empty();
      moments.add(precision.map(p -> moment.add(p.mul(settings.memory()))).orElse(moment));
    }
    return moments;
  }

  private int renew(final Factor factor, final List<NDArray> moments, final double scale) {
    int retries = 0;
    for (int i = 0; i < moments.size(); i++) {
      final NDArray moment = moments.get(i);
      final Spectra.DampedPower power =
          Spectra.dampedPower(algebra, moment, -0.5, Math.sqrt(settings.damping()));
      retries += power.retries();
      factor.root().blocks().get(i).muli(0).addi(power.value().mul(scale));
    }
    return retries;
  }

  @Override
  public void step(final NDList parameters, final NDList momentum, final double rate) {
    final NDArray half = in.root().after(AffineMaps.join(layer, momentum));
    final NDArray direction = out.root().after(half.transpose()).transpose();
    AffineMaps.subtract(layer, parameters, direction, rate);
  }

  @Override
  public void forEachMoment(final BiConsumer<String, NDArray> action) {
    in.moment().forEachArray("inputs.moment", action);
    out.moment().forEachArray("units.moment", action);
  }

  @Override
  public void forEachArray(final BiConsumer<String, NDArray> action) {
    forEachMoment(action);
    in.root().forEachArray("inputs.root", action);
    out.root().forEachArray("units.root", action);
  }
}
