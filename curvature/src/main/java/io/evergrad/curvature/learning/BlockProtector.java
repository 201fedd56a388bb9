/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.evergrad.curvature.blocks.BlockMatrix;
import io.evergrad.curvature.blocks.Vectors;
import io.evergrad.curvature.kinds.Kind;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.network.ExampleGradients;
import io.evergrad.curvature.network.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * The precision in one commutant, exactly: the Fisher E_x[R2(g_x, g_x)] (Eq. 2) over per-example
 * gradients of drawn labels, one block a kind. Blocks are closed under sums, so what is kept over
 * tasks is Λ itself.
 *
 * <p>Symbols: the running Fisher F {@code fisher}; Λ {@code precision}, in float64; μ {@code
 * anchor}; (I + ηλΛ/ΣN)⁻¹ {@code kept}, computed anew where Λ changes or what a proximal step
 * counts as. Where a block is split by the block limit, the coupling between its ranges is dropped.
 */
final class BlockProtector implements Protector {
  private final LearnerSettings settings;
  private final LinearAlgebra algebra;
  private final List<Part> parts = new ArrayList<>();
  private final Evidence evidence = new Evidence();

  /** The steps that {@code kept} is for; 0 if it is out of date. */
  private int derivedFor;

  private record Part(
      Schemes.Section section,
      BlockMatrix fisher,
      BlockMatrix precision,
      BlockMatrix kept,
      NDList anchor) {}

  BlockProtector(
      final LearnerSettings settings,
      final Network network,
      final NDManager manager,
      final LinearAlgebra algebra) {
    this.settings = settings;
    this.algebra = algebra;
    for (final Schemes.Section section :
        Schemes.sections(network, settings.protectionScheme(), settings.blockLimit())) {
      final NDList anchor = new NDList();
      for (final var leaf : section.kinds().symmetry().leaves()) {
        anchor.add(manager.zeros(Vectors.shape(leaf)));
      }
      parts.add(
          new Part(
              section,
              BlockMatrix.zeros(section.kinds(), manager, DataType.FLOAT32),
              BlockMatrix.zeros(section.kinds(), manager, DataType.FLOAT64),
              BlockMatrix.zeros(section.kinds(), manager, DataType.FLOAT32),
              anchor));
    }
  }

  @Override
  public void observe(final ExampleGradients sampled) {
    evidence.sampled();
    for (final Part part : parts) {
      final Schemes.Section section = part.section();
      final BlockMatrix average = sampled.secondMoment(section.kinds(), section.firstLeaf());
      part.fisher().accumulate(Evidence.FISHER_DECAY, average, 1 - Evidence.FISHER_DECAY);
    }
  }

  @Override
  public void consolidate(final NDList parameters, final long examples) {
    if (!evidence.any()) {
      return;
    }
    accumulate(settings.retention(), evidence.consolidate(examples, settings.retention()));
    settle(parameters);
  }

  @Override
  public Evidence evidence() {
    return evidence;
  }

  @Override
  public void accumulate(final double kept, final double factor) {
    parts.forEach(part -> part.precision().accumulate(kept, part.fisher(), factor));
  }

  @Override
  public void settle(final NDList parameters) {
    for (final Part part : parts) {
      part.fisher().blocks().forEach(block -> block.muli(0));
      final NDList views = part.section().views(parameters);
      for (int i = 0; i < part.anchor().size(); i++) {
        part.anchor().get(i).muli(0).addi(views.get(i));
      }
    }
    derive();
  }

  @Override
  public void derive() {
    derivedFor = 0;
  }

  private void derive(final int steps) {
    if (steps == derivedFor) {
      return;
    }
    derivedFor = steps;
    final double scale = settings.proximalWeight(steps) / evidence.weight();
    for (final Part part : parts) {
      part.kept()
          .accumulate(0, part.precision().spectral(algebra, s -> s.mul(scale).add(1).pow(-1)), 1);
    }
  }

  @Override
  public void pull(final NDList parameters, final int steps) {
    if (evidence.weight() == 0 || settings.strength() == 0) {
      return;
    }
    derive(steps);
    for (final Part part : parts) {
      final NDList views = part.section().views(parameters);
      final NDList away = new NDList();
      for (int i = 0; i < views.size(); i++) {
        away.add(views.get(i).sub(part.anchor().get(i)));
      }
      final NDList kept = part.kept().apply(away);
      for (int i = 0; i < views.size(); i++) {
        views.get(i).muli(0).addi(part.anchor().get(i)).addi(kept.get(i));
      }
    }
  }

  @Override
  public Optional<NDArray> blockOn(final Schemes.Section section, final Kind kind) {
    if (evidence.weight() == 0) {
      return Optional.empty();
    }
    return parts.stream()
        .filter(part -> part.section().firstLeaf() == section.firstLeaf())
        .map(part -> part.precision().blocks().get(part.section().kinds().kinds().indexOf(kind)))
        .map(block -> block.div(evidence.weight()).toType(DataType.FLOAT32, true))
        .findFirst();
  }

  @Override
  public NDList arrays() {
    final NDList arrays = new NDList();
    forEachFisher((name, array) -> arrays.add(array));
    forEachPosterior((name, array) -> arrays.add(array));
    parts.forEach(part -> arrays.addAll(part.kept().blocks()));
    return arrays;
  }

  @Override
  public void forEachFisher(final BiConsumer<String, NDArray> action) {
    for (int p = 0; p < parts.size(); p++) {
      forEachBlock(p, "fisher", parts.get(p).fisher(), action);
    }
  }

  @Override
  public void forEachPosterior(final BiConsumer<String, NDArray> action) {
    for (int p = 0; p < parts.size(); p++) {
      final Part part = parts.get(p);
      for (int i = 0; i < part.anchor().size(); i++) {
        action.accept("anchor." + (part.section().firstLeaf() + i), part.anchor().get(i));
      }
      forEachBlock(p, "precision", part.precision(), action);
    }
  }

  private static void forEachBlock(
      final int part,
      final String name,
      final BlockMatrix matrix,
      final BiConsumer<String, NDArray> action) {
    for (int k = 0; k < matrix.blocks().size(); k++) {
      action.accept("section." + part + ".kind." + k + "." + name, matrix.blocks().get(k));
    }
  }

  @Override
  public boolean active() {
    return settings.strength() > 0 || settings.memory() > 0;
  }
}
