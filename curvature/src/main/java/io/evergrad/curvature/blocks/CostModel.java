/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.blocks;

import ai.djl.ndarray.types.DataType;
import io.evergrad.curvature.kinds.Kind;
import io.evergrad.curvature.kinds.KindDecomposition;
import io.evergrad.curvature.kinds.Work;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What a curvature in one commutant costs, told from the declaration alone: nothing is run, and no
 * native memory is taken. The formulas are in docs/mathematics.md.
 *
 * <p>Symbols: κ a kind; m_κ copies; f_κ members; r_κ rows of X_κ; e bytes of an element.
 *
 * @param kinds how the parameter vector splits
 * @param type of vectors and blocks, float32 or float64
 */
public record CostModel(KindDecomposition kinds, DataType type) {
  /** Flops of a symmetric spectrum with vectors over m³ (Golub and Van Loan, symmetric QR). */
  private static final long SPECTRUM = 9;

  /** Float64 matrices of m × m that are held at a time when a root is renewed. */
  private static final long WIDE_COPIES = 9;

  /** Arrays of a slab's size that are held at a time, in an update and when a matrix is applied. */
  private static final int SLAB_COPIES = 6;

  private static final String LINE = "%-32s %10s %7s %7s %13s %16s %16s %16s%n";

  /**
   * @throws IllegalArgumentException for another type
   */
  public CostModel {
    if (type != DataType.FLOAT32 && type != DataType.FLOAT64) {
      throw new IllegalArgumentException("type " + type + ": expected FLOAT32 or FLOAT64");
    }
  }

  /**
   * One kind's block, without splitting the vector into kinds, which is done for all together.
   *
   * @param blockBytes the block's memory
   * @param update the block's running average takes X_κᵀX_κ
   * @param apply the product of X_κ and the block
   * @param renewal the inverse root of the block
   */
  public record KindCost(Kind kind, long blockBytes, Cost update, Cost apply, Cost renewal) {}

  /** A line a kind, in the order of {@link KindDecomposition#kinds()}. */
  public List<KindCost> ofKinds() {
    return kinds.kinds().stream().map(this::of).toList();
  }

  private KindCost of(final Kind kind) {
    final long e = type.getNumOfBytes();
    final long m = kind.multiplicity();
    final long block = product(kind.members(), m, m);
    final long x = product(kind.members(), kinds.rows(kind), m);
    final long cube = product(block, m);
    return new KindCost(
        kind,
        e * block,
        new Cost(product(2, x, m), e * (x + 3 * block), e * block),
        new Cost(product(2, x, m), e * (2 * x + block), 0),
        new Cost(
            product(SPECTRUM + 2, cube),
            product(WIDE_COPIES * Double.BYTES + 2 * e, block),
            product(WIDE_COPIES * Double.BYTES + 2 * e, block)));
  }

  /** Memory of the blocks of one matrix. */
  public long blockBytes() {
    return ofKinds().stream().mapToLong(KindCost::blockBytes).reduce(0, Math::addExact);
  }

  /** A gradient's R2(g, g) is taken into a running average. */
  public Cost update() {
    final Cost splitting = splitting(kinds.analysisWork());
    final Cost grams = sum(KindCost::update);
    return new Cost(
        splitting.flops() + grams.flops(),
        splitting.movedBytes() + grams.movedBytes(),
        splitting.workingBytes() + grams.workingBytes());
  }

  /** A matrix is applied to a vector. */
  public Cost apply() {
    final Cost both =
        splitting(kinds.analysisWork())
            .plus(sum(KindCost::apply))
            .plus(splitting(kinds.synthesisWork()));
    return new Cost(
        both.flops(),
        both.movedBytes(),
        both.workingBytes() + type.getNumOfBytes() * kinds.symmetry().count());
  }

  /** The inverse root of every block, by its spectrum in float64, a block at a time. */
  public Cost renewal() {
    return sum(KindCost::renewal);
  }

  /**
   * The gradients of k examples, given as outer products, are taken into an average: k × m factors
   * instead of X_κ.
   *
   * @param examples k, at least 1
   */
  public Cost fisherSample(final int examples) {
    final long e = type.getNumOfBytes();
    return kinds.kinds().stream()
        .map(
            kind -> {
              final long m = kind.multiplicity();
              final long block = product(kind.members(), m, m);
              final long factors = product(kind.members(), examples, m);
              return new Cost(
                  product(2, factors, m), e * (2 * factors + 3 * block), e * (2 * factors + block));
            })
        .reduce(Cost.NONE, Cost::plus);
  }

  /**
   * A step: the update, the step's own product, and its share of the renewals.
   *
   * @param updateInterval steps from one renewal to the next, at least 1
   */
  public Cost perStep(final int updateInterval) {
    return update().plus(apply()).plus(renewal().every(updateInterval));
  }

  private Cost splitting(final Work work) {
    final long e = type.getNumOfBytes();
    return new Cost(
        work.operations(), e * work.elements(), e * SLAB_COPIES * kinds.elementsAtATime());
  }

  private Cost sum(final Function<KindCost, Cost> part) {
    return ofKinds().stream().map(part).reduce(Cost.NONE, Cost::plus);
  }

  private static long product(final long... factors) {
    long product = 1;
    for (final long factor : factors) {
      product = Math.multiplyExact(product, factor);
    }
    return product;
  }

  /** A line a kind: label, d, m, members, bytes of the block, flops of each operation. */
  public String table() {
    final List<List<Object>> lines = new ArrayList<>();
    lines.add(List.of("kind", "d", "m", "members", "bytes", "update", "apply", "renewal"));
    for (final KindCost cost : ofKinds()) {
      final Kind kind = cost.kind();
      lines.add(
          List.of(
              kind.label(),
              kind.dimension(),
              kind.multiplicity(),
              kind.members(),
              cost.blockBytes(),
              cost.update().flops(),
              cost.apply().flops(),
              cost.renewal().flops()));
    }
    lines.add(line("all, with splitting", blockBytes(), Cost::flops));
    lines.add(line("bytes moved", "", Cost::movedBytes));
    lines.add(line("bytes held while at work", "", Cost::workingBytes));
    return lines.stream()
        .map(line -> String.format(Locale.ROOT, LINE, line.toArray()))
        .collect(Collectors.joining());
  }

  private List<Object> line(
      final String name, final Object bytes, final Function<Cost, Object> figure) {
    return List.of(
        name,
        "",
        "",
        "",
        bytes,
        figure.apply(update()),
        figure.apply(apply()),
        figure.apply(renewal()));
  }
}
