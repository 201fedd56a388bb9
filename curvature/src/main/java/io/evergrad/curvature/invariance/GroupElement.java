/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.invariance;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.symmetry.Group;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** An element of a group of size n: an orthogonal n × n matrix A, kept by its structure. */
public sealed interface GroupElement {

  /** A drawn uniformly from the group (by Haar's measure, for the orthogonal group). */
  static GroupElement random(final Group group, final SplittableRandom random) {
    final int n = group.size();
    return switch (group.type()) {
      case IDENTITY -> SignedPermutation.identity(n);
      case PERMUTATION -> SignedPermutation.identity(n).shuffled(random);
      case SIGN_FLIPS -> SignedPermutation.identity(n).flipped(random);
      case SIGNED_PERMUTATION -> SignedPermutation.identity(n).shuffled(random).flipped(random);
      case ORTHOGONAL -> Rotation.random(n, random);
    };
  }

  /**
   * Moves the units of one axis: row i of the result, along that axis, is Σ_j A_ij times row j.
   *
   * @param array of any shape, n long on that axis, of a floating-point type
   * @return a new array of the same shape and type, on the array's manager
   */
  NDArray apply(NDArray array, int axis);

  /** Whether A = I. */
  boolean isIdentity();

  /**
   * Units that change places and flip signs.
   *
   * @param sources for each i the j with A_ij ≠ 0
   * @param signs for each i that A_ij, 1 or −1
   */
  record SignedPermutation(int[] sources, int[] signs) implements GroupElement {

    private static SignedPermutation identity(final int n) {
      final int[] signs = new int[n];
      Arrays.fill(signs, 1);
      return new SignedPermutation(IntStream.range(0, n).toArray(), signs);
    }

    private SignedPermutation shuffled(final SplittableRandom random) {
      final int[] shuffled = sources.clone();
      for (int i = shuffled.length - 1; i > 0; i--) {
        final int j = random.nextInt(i + 1);
        final int kept = shuffled[i];
        shuffled[i] = shuffled[j];
        shuffled[j] = kept;
      }
      return new SignedPermutation(shuffled, signs);
    }

    private SignedPermutation flipped(final SplittableRandom random) {
      return new SignedPermutation(
          sources, Arrays.stream(signs).map(sign -> random.nextBoolean() ? -sign : sign).toArray());
    }

    @Override
    public NDArray apply(final NDArray array, final int axis) {
      final NDManager manager = array.getManager();
      final NDArray rows = array.swapAxes(0, axis).get(manager.create(sources));
      final Shape column = new Shape(signs.length).addAll(ones(array.getShape().dimension() - 1));
      return rows.mul(manager.create(signs, column).toType(array.getDataType(), false))
          .swapAxes(0, axis);
    }

    private static Shape ones(final int count) {
      final long[] ones = new long[count];
      Arrays.fill(ones, 1);
      return new Shape(ones);
    }

    @Override
    public boolean isIdentity() {
      return IntStream.range(0, signs.length).allMatch(i -> sources[i] == i && signs[i] == 1);
    }
  }

  /**
   * Units that rotate into each other, or are reflected.
   *
   * @param rows A, row by row
   */
  record Rotation(double[][] rows) implements GroupElement {

    /**
     * The orthogonal factor of a normal matrix whose triangular factor has a positive diagonal: a
     * product of Householder's reflections, taken from the last, and their signs.
     */
    private static Rotation random(final int n, final SplittableRandom random) {
      final double[][] rows = new double[n][n];
      for (int first = n - 1; first >= 0; first--) {
        final double[] mirror = new double[n];
        double square = 0;
        for (int i = first; i < n; i++) {
          mirror[i] = random.nextGaussian();
          square += mirror[i] * mirror[i];
        }
        final double sign = Math.signum(mirror[first]);
        rows[first][first] = -sign;
        mirror[first] += sign * Math.sqrt(square);
        reflect(rows, mirror, first);
      }
      return new Rotation(rows);
    }

    /** rows ← (I − 2vvᵀ/vᵀv) rows, where v and the rows are zero before the first. */
    private static void reflect(final double[][] rows, final double[] v, final int first) {
      final int n = rows.length;
      final double[] product = new double[n];
      double square = 0;
      for (int i = first; i < n; i++) {
        square += v[i] * v[i];
        for (int j = first; j < n; j++) {
          product[j] += v[i] * rows[i][j];
        }
      }
      for (int i = first; i < n; i++) {
        for (int j = first; j < n; j++) {
          rows[i][j] -= 2 * v[i] * product[j] / square;
        }
      }
    }

    @Override
    public NDArray apply(final NDArray array, final int axis) {
      final int n = rows.length;
      final NDArray matrix =
          array
              .getManager()
              .create(
                  Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray(), new Shape(n, n))
              .toType(array.getDataType(), false);
      final NDArray first = array.swapAxes(0, axis);
      return matrix
          .matMul(first.reshape(new Shape(n, -1)))
          .reshape(first.getShape())
          .swapAxes(0, axis);
    }

    @Override
    public boolean isIdentity() {
      return rows.length == 1 && rows[0][0] == 1;
    }
  }
}
