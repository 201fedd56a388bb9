/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.blocks.Spectra;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.network.Mlp;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * H = (B ⊗ A / s)^{1/2} for one layer's G = [W b]: the second moment averaged over O(units) on the
 * output axis is I ⊗ A, over O(inputs + 1) on the input axis B ⊗ I, and their product normalised to
 * its trace. Then H⁻¹ḡ = √s B^{-1/2} ḡ A^{-1/2}: two-sided Shampoo, but for its exponents of −1/4.
 *
 * <p>Symbols: A, a moving average of GᵀG / units, {@code in}; B, of GGᵀ / (inputs + 1), {@code
 * out}; s = tr B / units. A preconditioner that remembers adds κ times the precision's factors.
 */
final class TwoSidedPreconditioner implements Preconditioner {
  private final LearnerSettings settings;
  private final LinearAlgebra algebra;
  private final int layer;
  private final Protector protector;
  private final Factor in;
  private final Factor out;

  /** A factor, and its inverse root; that of {@code out} is multiplied by √s. */
  private record Factor(NDArray moment, NDArray root) {}

  /**
   * @param layer from 0
   * @param protector whose precision is remembered
   */
  TwoSidedPreconditioner(
      final LearnerSettings settings,
      final Mlp network,
      final int layer,
      final NDManager manager,
      final LinearAlgebra algebra,
      final Protector protector) {
    this.settings = settings;
    this.algebra = algebra;
    this.layer = layer;
    this.protector = protector;
    final var shape = network.leaves().get(2 * layer).shape();
    in = factor(manager, shape.get(1) + 1L);
    out = factor(manager, shape.get(0));
  }

  private static Factor factor(final NDManager manager, final long n) {
    return new Factor(manager.zeros(new Shape(n, n)), manager.zeros(new Shape(n, n)));
  }

  @Override
  public void accumulate(final NDList gradient) {
    final NDArray g = AffineMaps.join(gradient);
    final NDArray transposed = g.transpose();
    average(in.moment(), transposed.matMul(g), g.getShape().get(0));
    average(out.moment(), g.matMul(transposed), g.getShape().get(1));
  }

  private void average(final NDArray moment, final NDArray product, final long dimension) {
    moment.muli(settings.decay()).addi(product.muli((1 - settings.decay()) / dimension));
  }

  @Override
  public int renew(final long steps) {
    final double correction = 1 / (1 - Math.pow(settings.decay(), steps));
    final NDArray inputs = remembering(in.moment().mul(correction), AffineMaps.Axis.OUTPUT);
    final NDArray units = remembering(out.moment().mul(correction), AffineMaps.Axis.INPUT);
    final Spectra.DampedPower inRoot =
        Spectra.dampedPower(algebra, inputs, -0.5, settings.damping());
    final Spectra.DampedPower outRoot =
        Spectra.dampedPower(algebra, units, -0.5, settings.damping());
    final double scale = Math.sqrt(Spectra.trace(units) / units.getShape().get(0));
    in.root().muli(0).addi(inRoot.value());
    out.root().muli(0).addi(outRoot.value().mul(scale));
    return inRoot.retries() + outRoot.retries();
  }

  private NDArray remembering(final NDArray moment, final AffineMaps.Axis averaged) {
    if (settings.memory() == 0) {
      return moment;
    }
    final Optional<NDArray> precision = protector.factorOn(layer, averaged);
    return precision.map(p -> moment.add(p.mul(settings.memory()))).orElse(moment);
  }

  @Override
  public NDList apply(final NDList momentum) {
    return AffineMaps.split(out.root().matMul(AffineMaps.join(momentum)).matMul(in.root()));
  }

  @Override
  public void forEachArray(final BiConsumer<String, NDArray> action) {
    action.accept("inputs.moment", in.moment());
    action.accept("inputs.root", in.root());
    action.accept("units.moment", out.moment());
    action.accept("units.root", out.root());
  }
}
