/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.blocks.Spectra;
import io.evergrad.curvature.kinds.Kind;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.linalg.Matrices;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * H = (S_g + wΛ)^{1/2} in one commutant, a block for each kind (Eq. 11), w {@link
 * LearnerSettings#memoryWeight} of the block's traces.
 *
 * <p>Symbols: S_g on kind κ, a moving average of X_κᵀX_κ / d_κ, {@code Block.moment}; H⁻¹ {@code
 * Block.root}. On invariant kinds δ is zero and S_g says nothing: there an uncentred second moment
 * takes its place, a full one up to {@value #FULL_INVARIANT_LIMIT} copies and a diagonal one
 * beyond.
 */
final class BlockPreconditioner implements Preconditioner {
  private static final int FULL_INVARIANT_LIMIT = 64;

  private final LearnerSettings settings;
  private final LinearAlgebra algebra;
  private final Schemes.Section section;
  private final Protector protector;
  private final NDList parameters;
  private final NDList momenta;
  private final List<Block> blocks = new ArrayList<>();

  /** Curvature of one kind; a diagonal one is kept as a row. */
  private record Block(Kind kind, boolean diagonal, NDArray moment, NDArray root) {}

  /**
   * @param parameters θ, one array a leaf of the network
   * @param momenta of θ's shapes
   * @param protector whose precision is remembered
   */
  BlockPreconditioner(
      final LearnerSettings settings,
      final Schemes.Section section,
      final NDList parameters,
      final NDList momenta,
      final NDManager manager,
      final LinearAlgebra algebra,
      final Protector protector) {
    this.settings = settings;
    this.algebra = algebra;
    this.section = section;
    this.protector = protector;
    this.parameters = parameters.subNDList(section.firstLeaf(), section.endLeaf());
    this.momenta = momenta.subNDList(section.firstLeaf(), section.endLeaf());
    for (final Kind kind : section.kinds().kinds()) {
      final long m = kind.multiplicity();
      final Shape shape = diagonal(kind) ? new Shape(1, m) : new Shape(m, m);
      blocks.add(new Block(kind, diagonal(kind), manager.zeros(shape), manager.zeros(shape)));
    }
  }

  /** Whether only the diagonal of the kind's block is kept. */
  static boolean diagonal(final Kind kind) {
    return kind.invariant() && kind.copies() > FULL_INVARIANT_LIMIT;
  }

  @Override
  public void accumulate(final NDList gradient, final double decay) {
    for (final Block block : blocks) {
      block.moment().muli(decay);
    }
    section
        .kinds()
        .forEachRows(
            section.views(gradient),
            (i, x) -> {
              final Block block = blocks.get(i);
              final NDArray moment = block.diagonal() ? x.square() : Matrices.gram(x);
              block.moment().addi(moment.muli((1 - decay) / block.kind().dimension()));
            });
  }

  @Override
  public int renew(final long steps) {
    final double correction = 1 / (1 - Math.pow(settings.decay(), steps));
    int retries = 0;
    for (final Block block : blocks) {
      try (NDArray moment = moment(block, correction)) {
        if (block.diagonal()) {
          final NDArray floor = moment.max().mul(settings.damping());
          block.root().muli(0).addi(moment.add(floor).add(Float.MIN_NORMAL).pow(-0.5));
        } else {
          final Spectra.DampedPower power =
              Spectra.dampedPower(algebra, moment, -0.5, settings.damping());
          retries += power.retries();
          try (NDArray root = power.value()) {
            block.root().muli(0).addi(root);
          }
        }
      }
    }
    return retries;
  }

  /** S_g and what is remembered on a kind. */
  private NDArray moment(final Block block, final double correction) {
    final NDArray moment = block.moment().mul(correction);
    if (settings.memory() > 0 && !block.kind().invariant()) {
      protector
          .blockOn(section, block.kind())
          .ifPresent(precision -> moment.addi(precision.mul(weight(moment, precision))));
    }
    return moment;
  }

  private double weight(final NDArray moment, final NDArray precision) {
    return settings.memoryWeight(Spectra.trace(moment), Spectra.trace(precision));
  }

  @Override
  public void step(final NDList gradient, final double rate, final double loss, final long before) {
    Momentum.step(parameters, momenta, apply(gradient), settings.momentum(), rate);
  }

  @Override
  public List<Double> levels() {
    return Collections.nCopies(momenta.size(), 1.0);
  }

  private NDList apply(final NDList gradient) {
    return section
        .kinds()
        .mapRows(
            section.views(gradient),
            (i, x) -> {
              final Block block = blocks.get(i);
              return block.diagonal() ? x.mul(block.root()) : x.matMul(block.root());
            });
  }

  @Override
  public void readMoments(final BiConsumer<String, NDArray> reader) {
    forEachMoment(reader);
  }

  @Override
  public void writeMoments(final BiConsumer<String, NDArray> writer) {
    forEachMoment(writer);
  }

  private void forEachMoment(final BiConsumer<String, NDArray> action) {
    for (int i = 0; i < blocks.size(); i++) {
      action.accept("kind." + i + ".moment", blocks.get(i).moment());
    }
  }

  @Override
  public NDList borrowed() {
    final NDList arrays = new NDList();
    forEachArray((name, array) -> arrays.add(array));
    return arrays;
  }

  @Override
  public void forEachArray(final BiConsumer<String, NDArray> action) {
    forEachMoment(action);
    for (int i = 0; i < blocks.size(); i++) {
      action.accept("kind." + i + ".root", blocks.get(i).root());
    }
  }
}
