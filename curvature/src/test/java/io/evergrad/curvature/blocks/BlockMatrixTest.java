/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.blocks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.kinds.Kind;
import io.evergrad.curvature.kinds.KindDecomposition;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.linalg.Matrices;
import io.evergrad.curvature.symmetry.GroupType;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Operations on block matrices of random declarations against dense matrices. */
class BlockMatrixTest {
  private static final int DECLARATIONS = 40;
  private static final int VECTORS = 5;
  private static final double DAMPING = 1e-3;

  private final NDManager manager = NDManager.newBaseManager();
  private final LinearAlgebra algebra = new LinearAlgebra();

  @AfterEach
  void close() {
    algebra.close();
    manager.close();
  }

  /** A declaration with vectors, their mean R2, and the same with a ridge, of full rank. */
  private record Problem(
      Symmetry symmetry,
      KindDecomposition kinds,
      NDArray vectors,
      BlockMatrix average,
      BlockMatrix definite,
      SplittableRandom random) {}

  private interface Check {
    void of(Problem problem);
  }

  private void forEachDeclaration(final Check check) {
    for (int seed = 0; seed < DECLARATIONS; seed++) {
      final SplittableRandom random = new SplittableRandom(seed);
      final Symmetry symmetry = Declarations.random(random);
      final KindDecomposition kinds = new KindDecomposition(symmetry);
      final NDArray vectors = normal(random, VECTORS, (int) symmetry.count());
      final BlockMatrix average = average(kinds, vectors);
      final NDList ridged = new NDList();
      for (final NDArray block : average.blocks()) {
        final int m = (int) block.getShape().get(block.getShape().dimension() - 1);
        ridged.add(block.add(manager.eye(m, m, 0, DataType.FLOAT64).mul(0.3)));
      }
      try {
        check.of(
            new Problem(symmetry, kinds, vectors, average, new BlockMatrix(kinds, ridged), random));
      } catch (final AssertionError e) {
        throw new AssertionError("seed " + seed + ", " + symmetry, e);
      }
    }
  }

  private NDArray normal(final SplittableRandom random, final int rows, final int columns) {
    final double[] values = new double[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextGaussian();
    }
    return manager.create(values, new Shape(rows, columns));
  }

  private static BlockMatrix average(final KindDecomposition kinds, final NDArray rows) {
    return BlockMatrix.orbitAverage(
        kinds,
        kinds.analyseSamples(Vectors.split(rows, kinds.symmetry().leaves())),
        (int) rows.getShape().get(0));
  }

  private static double distance(final NDArray found, final NDArray expected) {
    assertThat(found.getShape()).isEqualTo(expected.getShape());
    return found.sub(expected).abs().max().getDouble();
  }

  private NDArray dense(final double[][] matrix) {
    return manager.create(
        Arrays.stream(matrix).flatMapToDouble(Arrays::stream).toArray(),
        new Shape(matrix.length, matrix[0].length));
  }

  private static NDArray row(final NDList leaves) {
    final NDList rows = new NDList();
    leaves.forEach(leaf -> rows.add(leaf.expandDims(0)));
    return Vectors.join(rows, 1);
  }

  private static NDList leaves(final KindDecomposition kinds, final NDArray row) {
    final NDList leaves = new NDList();
    Vectors.split(row, kinds.symmetry().leaves()).forEach(leaf -> leaves.add(leaf.get(0)));
    return leaves;
  }

  @Test
  void theDeclarationsCoverEveryKindOfMeeting() {
    final boolean[][] met = new boolean[6][3];
    forEachDeclaration(
        p ->
            p.symmetry()
                .leaves()
                .forEach(
                    leaf ->
                        p.symmetry()
                            .groups()
                            .forEach(
                                (id, group) -> {
                                  final int times =
                                      (int) leaf.axes().stream().filter(id::equals).count();
                                  met[group.type().ordinal()][times] |= group.size() > 3;
                                })));
    for (final var type : GroupType.values()) {
      assertThat(met[type.ordinal()][1]).as("%s once", type).isTrue();
      assertThat(met[type.ordinal()][2]).as("%s twice", type).isTrue();
    }
  }

  @Test
  void dimensionsAndCopiesCountTheParameters() {
    forEachDeclaration(
        p ->
            assertThat(
                    p.kinds().kinds().stream()
                        .mapToLong(k -> (long) k.members() * k.dimension() * k.multiplicity())
                        .sum())
                .isEqualTo(p.symmetry().count()));
  }

  @Test
  void synthesisUndoesAnalysisAndKeepsTheNorm() {
    forEachDeclaration(
        p -> {
          final NDList analysis =
              p.kinds().analyseSamples(Vectors.split(p.vectors(), p.symmetry().leaves()));
          final NDList back = p.kinds().synthesiseSamples(analysis, VECTORS);
          assertThat(distance(Vectors.join(back, VECTORS), p.vectors())).isLessThan(1e-12);
          final double norm =
              analysis.stream().mapToDouble(x -> x.square().sum().getDouble()).sum();
          assertThat(Math.abs(norm / p.vectors().square().sum().getDouble() - 1)).isLessThan(1e-12);

          final NDList one = leaves(p.kinds(), p.vectors().get("0:1"));
          assertThat(
                  distance(
                      row(p.kinds().synthesise(p.kinds().analyse(one))), p.vectors().get("0:1")))
              .isLessThan(1e-12);
        });
  }

  @Test
  void averagesCommuteWithEveryElement() {
    forEachDeclaration(
        p -> {
          final NDArray average = p.average().dense();
          for (int i = 0; i < 5; i++) {
            final NDArray a = dense(Declarations.element(p.symmetry(), p.random()));
            assertThat(distance(a.matMul(average), average.matMul(a))).isLessThan(1e-12);
          }
        });
  }

  /** In the inner product of matrices: ⟨R2(v, v), M⟩ = vᵀMv for every M that commutes. */
  @Test
  void averagesProjectOntoTheCommutant() {
    forEachDeclaration(
        p -> {
          final NDArray v = p.vectors().get("0:1");
          final NDArray commuting = average(p.kinds(), p.vectors().get("1:3")).dense();
          final double expected = v.matMul(commuting).mul(v).sum().getDouble();
          final double found = average(p.kinds(), v).dense().mul(commuting).sum().getDouble();
          assertThat(Math.abs(found - expected)).isLessThan(1e-10 * Math.max(1, expected));
        });
  }

  @Test
  void averagesAreThoseOfTheEnumeratedOrbit() {
    final int[] enumerated = new int[1];
    forEachDeclaration(
        p -> {
          final List<double[][]> orbit = Declarations.orbit(p.symmetry(), 400);
          if (orbit.isEmpty()) {
            return;
          }
          enumerated[0]++;
          NDArray sum = p.average().dense().zerosLike();
          for (final double[][] element : orbit) {
            final NDArray moved = p.vectors().matMul(dense(element).transpose());
            sum = sum.add(Matrices.gram(moved));
          }
          assertThat(distance(p.average().dense(), sum.div((double) VECTORS * orbit.size())))
              .isLessThan(1e-12);
        });
    assertThat(enumerated[0]).isGreaterThan(10);
  }

  @Test
  void blocksHoldTheSpectrum() {
    forEachDeclaration(
        p -> {
          final double[] dense = algebra.eigh(p.average().dense()).values().toDoubleArray();
          final NDList values = new NDList();
          for (int i = 0; i < p.kinds().kinds().size(); i++) {
            final Kind kind = p.kinds().kinds().get(i);
            final NDArray spectrum = Spectra.eigenvalues(algebra, p.average().blocks().get(i));
            values.add(spectrum.flatten().repeat(kind.dimension()));
          }
          final double[] blocks = NDArrays.concat(values).toDoubleArray();
          Arrays.sort(blocks);
          assertThat(blocks).hasSameSizeAs(dense);
          for (int i = 0; i < dense.length; i++) {
            assertThat(blocks[i]).isCloseTo(dense[i], within(1e-11));
          }
        });
  }

  @Test
  void sumsAndMultiplesAreExact() {
    forEachDeclaration(
        p -> {
          final BlockMatrix one = average(p.kinds(), p.vectors().get("0:2"));
          final BlockMatrix two = average(p.kinds(), p.vectors().get("2:5"));
          assertThat(distance(one.times(0.4).plus(two.times(0.6)).dense(), p.average().dense()))
              .isLessThan(1e-12);
          final BlockMatrix target = one.times(1);
          target.accumulate(0.4, two, 0.6);
          assertThat(distance(target.dense(), p.average().dense())).isLessThan(1e-12);
        });
  }

  @Test
  void appliesTracesAndReadsTheDiagonalAsDense() {
    forEachDeclaration(
        p -> {
          final NDArray dense = p.average().dense();
          final NDArray v = p.vectors().get("0:1");
          assertThat(distance(row(p.average().apply(leaves(p.kinds(), v))), v.matMul(dense)))
              .isLessThan(1e-11);
          assertThat(Math.abs(p.average().trace() - Spectra.trace(dense))).isLessThan(1e-10);
          final int n = (int) p.symmetry().count();
          final NDArray diagonal =
              dense.mul(manager.eye(n, n, 0, DataType.FLOAT64)).sum(new int[] {0}, true);
          assertThat(distance(row(p.average().diagonal()), diagonal)).isLessThan(1e-11);
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void cutBlocksHaveTheirOwnDiagonal(final int blockLimit) {
    forEachDeclaration(
        p -> {
          final BlockMatrix cut =
              average(new KindDecomposition(p.symmetry(), blockLimit), p.vectors());
          final int n = (int) p.symmetry().count();
          final NDArray diagonal =
              cut.dense().mul(manager.eye(n, n, 0, DataType.FLOAT64)).sum(new int[] {0}, true);
          assertThat(distance(row(cut.diagonal()), diagonal)).isLessThan(1e-11);
          assertThat(Math.abs(cut.trace() - p.average().trace())).isLessThan(1e-10);
        });
  }

  @Test
  void solvesAndDeterminantsAgreeWithDense() {
    forEachDeclaration(
        p -> {
          final NDArray dense = p.definite().dense();
          final NDArray v = p.vectors().get("0:1");
          final NDArray solved = row(p.definite().solve(algebra, leaves(p.kinds(), v), 1e-15));
          assertThat(distance(solved.matMul(dense), v)).isLessThan(1e-9);
          final double expected = algebra.eigh(dense).values().log().sum().getDouble();
          assertThat(Math.abs(p.definite().logDeterminant(algebra) - expected)).isLessThan(1e-9);
          final BlockMatrix root = p.definite().squareRoot(algebra);
          assertThat(distance(root.dense().matMul(root.dense()), dense)).isLessThan(1e-10);
        });
  }

  @Test
  void aSingularMatrixHasNoDeterminant() {
    forEachDeclaration(
        p -> {
          final BlockMatrix zero = BlockMatrix.zeros(p.kinds(), manager, DataType.FLOAT64);
          assertThat(zero.logDeterminant(algebra)).isEqualTo(Double.NEGATIVE_INFINITY);
          assertThat(zero.power(algebra, -0.5, DAMPING).dense().abs().max().getDouble()).isZero();
        });
  }

  @Test
  void equationTenHolds() {
    forEachDeclaration(
        p -> {
          final BlockMatrix weights = p.definite().withoutInvariants();
          final BlockMatrix gradients =
              average(p.kinds(), p.vectors().get("1:4")).withoutInvariants();
          final GeometricMean mean = GeometricMean.of(algebra, weights, gradients);
          assertThat(mean.fallenBack()).isEmpty();
          final NDArray h = mean.curvature().dense();
          assertThat(distance(h.matMul(weights.dense()).matMul(h), gradients.dense()))
              .isLessThan(1e-9);
        });
  }

  @Test
  void equationTenFallsBackWhereWeightsDoNotDetermineIt() {
    forEachDeclaration(
        p -> {
          final BlockMatrix nothing = BlockMatrix.zeros(p.kinds(), manager, DataType.FLOAT64);
          final GeometricMean mean = GeometricMean.of(algebra, nothing, p.average());
          assertThat(mean.fallenBack())
              .containsExactlyElementsOf(
                  p.kinds().kinds().stream().filter(kind -> !kind.invariant()).toList());
          assertThat(
                  distance(
                      mean.curvature().dense(),
                      p.average().withoutInvariants().squareRoot(algebra).dense()))
              .isLessThan(1e-12);
        });
  }

  /** The draws' second moment approaches the inverse; 4,000 of them, on one declaration. */
  @Test
  void drawsHaveTheInverseAsCovariance() {
    final SplittableRandom random = new SplittableRandom(3);
    final Symmetry symmetry = Declarations.random(random);
    final KindDecomposition kinds = new KindDecomposition(symmetry);
    final int n = (int) symmetry.count();
    final BlockMatrix matrix =
        average(kinds, normal(random, 3 * n, n)).plus(average(kinds, normal(random, n, n)));
    final NDArray dense = matrix.dense();
    final int draws = 4_000;
    double form = 0;
    for (int i = 0; i < draws; i++) {
      try (NDManager scope = manager.newSubManager()) {
        final NDArray draw = row(matrix.sample(algebra, random, 1e-12));
        draw.attach(scope);
        form += draw.matMul(dense).mul(draw).sum().getDouble() / draws;
      }
    }
    // xᵀHx of x ~ N(0, H⁻¹) is chi-squared with n degrees: mean n, deviation √(2n).
    assertThat(form).isCloseTo(n, within(5 * Math.sqrt(2.0 * n / draws)));
  }

  @Test
  void bytesAreThoseOfTheBlocks() {
    forEachDeclaration(
        p ->
            assertThat(p.average().bytes())
                .isEqualTo(
                    p.kinds().kinds().stream()
                        .mapToLong(k -> 8L * k.members() * k.multiplicity() * k.multiplicity())
                        .sum()));
  }
}
