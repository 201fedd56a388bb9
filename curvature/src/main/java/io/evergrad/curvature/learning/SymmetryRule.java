/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.blocks.Spectra;
import io.evergrad.curvature.kinds.Kind;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.network.Mlp;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Steps preconditioned by symmetry-averaged curvature: θ ← θ − η H⁻¹ ḡ with H = (S_g + κΛ)^{1/2}
 * (Eq. 11; κ = 0 unless the preconditioner remembers).
 *
 * <p>Symbols: ḡ, the gradient's moving average, {@code momenta}; S_g on kind κ, a moving average of
 * X_κᵀX_κ / d_κ, {@code Block.moment}; H⁻¹, recomputed every few steps, {@code Block.root}. On
 * invariant kinds δ is zero and S_g says nothing: there an uncentred second moment takes its place,
 * a full one up to {@value #FULL_INVARIANT_LIMIT} copies and a diagonal one beyond.
 */
final class SymmetryRule implements LearningRule {
  private static final int FULL_INVARIANT_LIMIT = 64;

  private final LearnerSettings settings;
  private final LinearAlgebra algebra;
  private final Function<Schemes.Section, Optional<NDArray>> remembered;
  private final List<Schemes.Section> sections;
  private final List<List<Block>> blocks = new ArrayList<>();
  private final NDList momenta = new NDList();
  private long steps;
  private long retries;

  /** Curvature of one kind; a diagonal one is kept as a row. */
  private record Block(Kind kind, boolean diagonal, NDArray moment, NDArray root) {}

  /**
   * @param remembered the precision's block on a section's non-invariant kind, m × m, if it has one
   */
  SymmetryRule(
      final LearnerSettings settings,
      final Mlp network,
      final NDManager manager,
      final LinearAlgebra algebra,
      final Function<Schemes.Section, Optional<NDArray>> remembered) {
    this.settings = settings;
    this.algebra = algebra;
    this.remembered = remembered;
    sections = Schemes.sections(network, settings.ruleScheme(), settings.blockLimit());
    for (final Schemes.Section section : sections) {
      final List<Block> list = new ArrayList<>();
      for (final Kind kind : section.kinds().kinds()) {
        final boolean diagonal = kind.invariant() && kind.copies() > FULL_INVARIANT_LIMIT;
        final long m = kind.multiplicity();
        final Shape shape = diagonal ? new Shape(1, m) : new Shape(m, m);
        list.add(new Block(kind, diagonal, manager.zeros(shape), manager.zeros(shape)));
      }
      blocks.add(list);
    }
    for (final var leaf : network.leaves()) {
      momenta.add(
          manager.zeros(new Shape(leaf.shape().stream().mapToLong(Integer::longValue).toArray())));
    }
  }

  @Override
  public void step(final NDList parameters, final NDList gradient) {
    // At the start S_g spans few directions, and a stale root would magnify every new one.
    final boolean refresh =
        steps < settings.updateInterval() || steps % settings.updateInterval() == 0;
    steps++;
    final double momentum = settings.momentum();
    for (int i = 0; i < momenta.size(); i++) {
      momenta.get(i).muli(momentum).addi(gradient.get(i).mul(1 - momentum));
    }
    final double correction = 1 - Math.pow(momentum, steps);
    for (int s = 0; s < sections.size(); s++) {
      final Schemes.Section section = sections.get(s);
      final int first = section.firstLeaf();
      final int end = first + section.leaves();
      accumulate(section, blocks.get(s), gradient.subList(first, end));
      if (refresh) {
        refresh(section, blocks.get(s));
      }
      final NDList analysis = section.kinds().analyse(new NDList(momenta.subList(first, end)));
      final NDList products = new NDList();
      for (int i = 0; i < analysis.size(); i++) {
        final Block block = blocks.get(s).get(i);
        products.add(
            block.diagonal()
                ? analysis.get(i).mul(block.root())
                : analysis.get(i).matMul(block.root()));
      }
      final NDList direction = section.kinds().synthesise(products);
      for (int i = first; i < end; i++) {
        parameters.get(i).subi(direction.get(i - first).mul(settings.learningRate() / correction));
      }
    }
  }

  private void accumulate(
      final Schemes.Section section, final List<Block> list, final List<NDArray> gradient) {
    final NDList analysis = section.kinds().analyse(new NDList(gradient));
    for (int i = 0; i < list.size(); i++) {
      final Block block = list.get(i);
      final NDArray x = analysis.get(i);
      final NDArray moment = block.diagonal() ? x.square() : x.transpose().matMul(x);
      block
          .moment()
          .muli(settings.decay())
          .addi(moment.muli((1 - settings.decay()) / block.kind().dimension()));
    }
  }

  private void refresh(final Schemes.Section section, final List<Block> list) {
    final double correction = 1 / (1 - Math.pow(settings.decay(), steps));
    for (final Block block : list) {
      NDArray moment = block.moment().mul(correction);
      if (block.diagonal()) {
        final NDArray floor = moment.max().mul(settings.damping());
        block.root().muli(0).addi(moment.add(floor).add(Float.MIN_NORMAL).pow(-0.5));
        continue;
      }
      if (settings.memory() > 0 && !block.kind().invariant() && !block.kind().split()) {
        final Optional<NDArray> precision = remembered.apply(section);
        if (precision.isPresent()) {
          moment = moment.add(precision.get().mul(settings.memory()));
        }
      }
      final Spectra.DampedPower power =
          Spectra.dampedPower(algebra, moment, -0.5, settings.damping());
      retries += power.retries();
      block.root().muli(0).addi(power.value());
    }
  }

  @Override
  public NDList arrays() {
    final NDList arrays = new NDList(momenta);
    forEachBlock((name, array) -> arrays.add(array));
    return arrays;
  }

  @Override
  public SortedMap<String, HostTensor> state() {
    final SortedMap<String, HostTensor> state = new TreeMap<>();
    state.put("steps", TensorCopies.ofLong(steps));
    state.put("damping.retries", TensorCopies.ofLong(retries));
    for (int i = 0; i < momenta.size(); i++) {
      state.put("momentum." + i, TensorCopies.toHost(momenta.get(i)));
    }
    forEachBlock((name, array) -> state.put(name, TensorCopies.toHost(array)));
    return state;
  }

  @Override
  public void restore(final Map<String, HostTensor> state) {
    steps = TensorCopies.longAt(state, "steps");
    retries = TensorCopies.longAt(state, "damping.retries");
    for (int i = 0; i < momenta.size(); i++) {
      TensorCopies.restore(momenta.get(i), state, "momentum." + i);
    }
    forEachBlock((name, array) -> TensorCopies.restore(array, state, name));
  }

  private void forEachBlock(final java.util.function.BiConsumer<String, NDArray> action) {
    for (int s = 0; s < blocks.size(); s++) {
      for (int i = 0; i < blocks.get(s).size(); i++) {
        final Block block = blocks.get(s).get(i);
        action.accept("section." + s + ".kind." + i + ".moment", block.moment());
        action.accept("section." + s + ".kind." + i + ".root", block.root());
      }
    }
  }
}
