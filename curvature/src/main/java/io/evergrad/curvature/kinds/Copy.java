/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.kinds;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.symmetry.Group;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * One copy, or a few, of an irreducible part within the axis or the two axes that a group acts on.
 *
 * <p>Analysis takes a tensor whose last one or two axes have n units to one whose last two are
 * {@code rows × columns}: the rows span the irreducible part, in redundant coordinates where that
 * spares a basis, and each column is a copy. Synthesis is its transpose, so that the copies of all
 * parts together keep the norm.
 *
 * @param irreducible the part
 * @param rows coordinates of the part; for a family, its members
 * @param columns copies
 */
record Copy(
    Irreducible irreducible,
    int rows,
    int columns,
    UnaryOperator<NDArray> analysis,
    UnaryOperator<NDArray> synthesis) {

  /** How one axis splits. */
  static List<Copy> ofAxis(final Group group) {
    final int n = group.size();
    return switch (group.type()) {
      case PERMUTATION -> {
        final List<Copy> copies = new ArrayList<>();
        copies.add(
            new Copy(
                Irreducible.TRIVIAL,
                1,
                1,
                x -> column(sum(x).mul(1 / Math.sqrt(n))),
                x -> last(x).mul(1 / Math.sqrt(n)).broadcast(lengthen(last(x), n))));
        if (n > 1) {
          copies.add(new Copy(Irreducible.CENTRED, n, 1, x -> column(centre(x)), Copy::last));
        }
        yield copies;
      }
      case SIGNED_PERMUTATION, ORTHOGONAL ->
          List.of(new Copy(Irreducible.VECTOR, n, 1, Copy::column, Copy::last));
      case SIGN_FLIPS -> List.of(new Copy(Irreducible.UNIT, n, 1, Copy::column, Copy::last));
      case IDENTITY -> throw new IllegalArgumentException("the identity splits nothing");
    };
  }

  /**
   * Some rows of a part of one axis: analysis takes the whole axis and gives these rows, synthesis
   * gives these positions of the axis.
   *
   * @throws IllegalStateException if the part is none whose rows are positions of one axis
   */
  Copy within(final Range range) {
    final UnaryOperator<NDArray> narrowed =
        switch (irreducible) {
          case CENTRED -> x -> column(within(x, range).sub(mean(x)));
          case VECTOR -> x -> column(within(x, range));
          default -> throw new IllegalStateException("rows of " + irreducible);
        };
    return new Copy(irreducible, range.size(), columns, narrowed, synthesis);
  }

  private static NDArray within(final NDArray x, final Range range) {
    return x.get(new NDIndex("..., {}:{}", range.first(), range.end()));
  }

  /** Additions that analysis takes for each element, to leading order; on two axes, about. */
  int passes(final int axes) {
    if (axes > 1) {
      return 4;
    }
    return switch (irreducible) {
      case TRIVIAL -> 1;
      case CENTRED -> 2;
      default -> 0;
    };
  }

  /** How two axes of one tensor, moved by the same element, split. */
  static List<Copy> ofPair(final Group group) {
    return switch (group.type()) {
      case PERMUTATION -> ofPermutedPair(group);
      case SIGNED_PERMUTATION -> ofSignedPair(group.size());
      case ORTHOGONAL -> ofRotatedPair(group.size());
      case SIGN_FLIPS -> ofFlippedPair(group.size());
      case IDENTITY -> throw new IllegalArgumentException("the identity splits nothing");
    };
  }

  /**
   * V ⊗ V for S_n: 2 · trivial + 3 · centred + symmetric + antisymmetric; below n = 4 without those
   * whose dimension is zero.
   */
  private static List<Copy> ofPermutedPair(final Group group) {
    final int n = group.size();
    final List<Copy> copies = new ArrayList<>();
    final Copy trace = trace(n);
    copies.add(trace);
    if (n == 1) {
      return copies;
    }
    final double offNorm = Math.sqrt((double) n * (n - 1));
    final Copy off =
        new Copy(
            Irreducible.TRIVIAL,
            1,
            1,
            x -> column(sum(sum(x, -1)).sub(sum(diagonal(x))).mul(1 / offNorm)),
            x -> hollow(x.broadcast(square(x, n))).mul(1 / offNorm));
    final Copy diagonal = diagonalDeviation(Irreducible.CENTRED, n);
    final double differenceNorm = Math.sqrt(2.0 * n);
    final Copy difference =
        new Copy(
            Irreducible.CENTRED,
            n,
            1,
            x -> column(centre(sum(x, -1).sub(sum(x, -2))).mul(1 / differenceNorm)),
            x -> x.sub(swap(x)).mul(1 / differenceNorm));
    copies.add(off);
    copies.add(diagonal);
    final List<Copy> symmetric = new ArrayList<>(List.of(trace, off, diagonal));
    if (n > 2) {
      final double sumNorm = Math.sqrt(2.0 * (n - 2));
      final Copy marginal =
          new Copy(
              Irreducible.CENTRED,
              n,
              1,
              x ->
                  column(
                      centre(sum(x, -1).add(sum(x, -2)).sub(diagonal(x).mul(2))).mul(1 / sumNorm)),
              x -> hollow(x.add(swap(x))).mul(1 / sumNorm));
      copies.add(marginal);
      symmetric.add(marginal);
    }
    copies.add(difference);
    if (Irreducible.SYMMETRIC.dimension(group) > 0) {
      copies.add(rest(Irreducible.SYMMETRIC, n, x -> without(symmetricPart(x), symmetric)));
    }
    if (Irreducible.ANTISYMMETRIC.dimension(group) > 0) {
      copies.add(
          rest(
              Irreducible.ANTISYMMETRIC,
              n,
              x -> without(antisymmetricPart(x), List.of(difference))));
    }
    return copies;
  }

  /** Under signed permutations: trivial + diagonal + symmetric + antisymmetric. */
  private static List<Copy> ofSignedPair(final int n) {
    if (n == 1) {
      return List.of(trace(n));
    }
    return List.of(
        trace(n),
        diagonalDeviation(Irreducible.DIAGONAL, n),
        rest(Irreducible.SYMMETRIC, n, x -> hollow(symmetricPart(x))),
        rest(Irreducible.ANTISYMMETRIC, n, Copy::antisymmetricPart));
  }

  /** Under O(n): trace, symmetric traceless, antisymmetric. */
  private static List<Copy> ofRotatedPair(final int n) {
    final Copy trace = trace(n);
    if (n == 1) {
      return List.of(trace);
    }
    return List.of(
        trace,
        rest(Irreducible.SYMMETRIC, n, x -> without(symmetricPart(x), List.of(trace))),
        rest(Irreducible.ANTISYMMETRIC, n, Copy::antisymmetricPart));
  }

  /** Under sign flips: the diagonal, n times trivial; and twice each product of two units. */
  private static List<Copy> ofFlippedPair(final int n) {
    final Copy diagonal =
        new Copy(Irreducible.TRIVIAL, 1, n, x -> swap(column(diagonal(x))), x -> eye(x, n).mul(x));
    if (n == 1) {
      return List.of(diagonal);
    }
    final int pairs = Math.toIntExact((long) n * (n - 1) / 2);
    final long[] upper = new long[pairs];
    final long[] lower = new long[pairs];
    final long[] pairOf = new long[n * n];
    Arrays.fill(pairOf, 2L * pairs);
    int next = 0;
    for (int i = 0; i < n; i++) {
      for (int j = i + 1; j < n; j++) {
        upper[next] = (long) i * n + j;
        lower[next] = (long) j * n + i;
        pairOf[i * n + j] = 2L * next;
        pairOf[j * n + i] = 2L * next + 1;
        next++;
      }
    }
    final Copy pair =
        new Copy(
            Irreducible.PAIR,
            pairs,
            2,
            x -> {
              final NDArray flat = flatten(x);
              return column(take(flat, upper)).concat(column(take(flat, lower)), dimensions(x) - 1);
            },
            x -> {
              final NDArray flat = flatten(x);
              final NDArray padded = flat.concat(sum(flat).zerosLike(), dimensions(flat) - 1);
              return take(padded, pairOf).reshape(square(x, n));
            });
    return List.of(diagonal, pair);
  }

  private static Copy trace(final int n) {
    final double norm = Math.sqrt(n);
    return new Copy(
        Irreducible.TRIVIAL,
        1,
        1,
        x -> column(sum(diagonal(x)).mul(1 / norm)),
        x -> eye(x, n).mul(x).mul(1 / norm));
  }

  private static Copy diagonalDeviation(final Irreducible irreducible, final int n) {
    return new Copy(irreducible, n, 1, x -> column(centre(diagonal(x))), x -> eye(x, n).mul(x));
  }

  /** A part that is what a projection leaves, with the matrix's own n² coordinates. */
  private static Copy rest(
      final Irreducible irreducible, final int n, final UnaryOperator<NDArray> projection) {
    return new Copy(
        irreducible,
        Math.multiplyExact(n, n),
        1,
        x -> column(flatten(projection.apply(x))),
        x -> x.reshape(square(x, n)));
  }

  private static NDArray without(final NDArray x, final List<Copy> copies) {
    NDArray result = x;
    for (final Copy copy : copies) {
      result = result.sub(copy.synthesis().apply(copy.analysis().apply(x)));
    }
    return result;
  }

  private static int dimensions(final NDArray x) {
    return x.getShape().dimension();
  }

  private static NDArray sum(final NDArray x, final int axis) {
    return x.sum(new int[] {dimensions(x) + axis});
  }

  /** Over the last axis, which keeps length 1. */
  private static NDArray sum(final NDArray x) {
    return x.sum(new int[] {dimensions(x) - 1}, true);
  }

  private static NDArray centre(final NDArray x) {
    return x.sub(mean(x));
  }

  /** Of the last axis, which keeps length 1. */
  private static NDArray mean(final NDArray x) {
    return x.mean(new int[] {dimensions(x) - 1}, true);
  }

  private static NDArray column(final NDArray x) {
    return x.expandDims(dimensions(x));
  }

  private static NDArray last(final NDArray x) {
    return x.squeeze(dimensions(x) - 1);
  }

  private static NDArray swap(final NDArray x) {
    return x.swapAxes(dimensions(x) - 2, dimensions(x) - 1);
  }

  private static NDArray symmetricPart(final NDArray x) {
    return x.add(swap(x)).mul(0.5);
  }

  private static NDArray antisymmetricPart(final NDArray x) {
    return x.sub(swap(x)).mul(0.5);
  }

  private static NDArray eye(final NDArray x, final int n) {
    return x.getManager().eye(n, n, 0, x.getDataType());
  }

  private static NDArray diagonal(final NDArray x) {
    final int n = (int) x.getShape().get(dimensions(x) - 1);
    return sum(x.mul(eye(x, n)), -1);
  }

  /** Without its diagonal. */
  private static NDArray hollow(final NDArray x) {
    final int n = (int) x.getShape().get(dimensions(x) - 1);
    return x.sub(x.mul(eye(x, n)));
  }

  /** The last two axes as one. */
  private static NDArray flatten(final NDArray x) {
    final long[] shape = x.getShape().getShape();
    final long[] flat = Arrays.copyOf(shape, shape.length - 1);
    flat[flat.length - 1] = shape[shape.length - 2] * shape[shape.length - 1];
    return x.reshape(new Shape(flat));
  }

  /** Its shape with last axes n × n. */
  private static Shape square(final NDArray x, final int n) {
    final long[] shape = x.getShape().getShape().clone();
    shape[shape.length - 2] = n;
    shape[shape.length - 1] = n;
    return new Shape(shape);
  }

  private static Shape lengthen(final NDArray x, final int n) {
    final long[] shape = x.getShape().getShape().clone();
    shape[shape.length - 1] = n;
    return new Shape(shape);
  }

  /** The given positions of the last axis. */
  private static NDArray take(final NDArray x, final long[] positions) {
    final NDArray index = x.getManager().create(positions).toType(DataType.INT64, false);
    final long[] shape = x.getShape().getShape();
    final long[] ones = new long[shape.length];
    Arrays.fill(ones, 1);
    ones[ones.length - 1] = positions.length;
    return x.gather(
        index.reshape(new Shape(ones)).broadcast(lengthen(x, positions.length)), shape.length - 1);
  }
}
