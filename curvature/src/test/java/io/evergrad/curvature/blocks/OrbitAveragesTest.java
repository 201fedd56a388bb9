/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.blocks;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.evergrad.curvature.kinds.KindDecomposition;
import io.evergrad.curvature.linalg.LinearAlgebra;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against every fixture that meets a group at most once. */
class OrbitAveragesTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "conv",
        "identity",
        "mixed-groups",
        "mlp-bias",
        "mlp-one-hidden",
        "mlp-two-hidden",
        "rnn",
        "tanh-signed"
      })
  void agreesWithBruteForce(final String name) throws IOException {
    final Fixture fixture = Fixture.read(name);
    try (NDManager manager = NDManager.newBaseManager();
        LinearAlgebra algebra = new LinearAlgebra()) {
      final OrbitAverages averages =
          new OrbitAverages(new KindDecomposition(fixture.symmetry()), algebra);
      final NDArray w = fixture.matrix(manager, "w");
      final NDArray g = fixture.matrix(manager, "gradients");

      assertThat(distance(averages.r1(w), fixture.matrix(manager, "r1_w"))).isLessThan(1e-10);
      assertThat(distance(averages.r1(g), fixture.matrix(manager, "r1_g"))).isLessThan(1e-10);
      assertThat(distance(averages.ofDeltas(w).dense(), fixture.matrix(manager, "s_w")))
          .isLessThan(1e-10);
      assertThat(distance(averages.ofDeltas(g).dense(), fixture.matrix(manager, "s_g")))
          .isLessThan(1e-10);
      assertThat(
              distance(averages.secondMoment(g).dense(), fixture.matrix(manager, "second_moment")))
          .isLessThan(1e-10);
      assertThat(distance(averages.eq11(g).dense(), fixture.matrix(manager, "h_eq11")))
          .isLessThan(1e-8);
      assertThat(
              distance(
                  averages.ofFirst(averages.eq11Inverse(g), g),
                  fixture.matrix(manager, "h_eq11_pinv_g0")))
          .isLessThan(1e-8);
      if (fixture.json().get("has_eq10").asBoolean()) {
        final GeometricMean eq10 = averages.eq10(w, g);
        assertThat(eq10.fallenBack()).isEmpty();
        assertThat(distance(eq10.curvature().dense(), fixture.matrix(manager, "h_eq10")))
            .isLessThan(1e-8);
        assertThat(
                distance(
                    averages.ofFirst(averages.inverse(eq10), g),
                    fixture.matrix(manager, "h_eq10_pinv_g0")))
            .isLessThan(1e-8);
      } else {
        assertThat(averages.eq10(w, g).fallenBack()).isNotEmpty();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"conv", "mixed-groups", "mlp-bias", "mlp-two-hidden", "rnn", "tanh-signed"})
  void synthesisUndoesAnalysisAndKeepsTheNorm(final String name) throws IOException {
    final Fixture fixture = Fixture.read(name);
    try (NDManager manager = NDManager.newBaseManager()) {
      final KindDecomposition kinds = new KindDecomposition(fixture.symmetry());
      final NDArray g = fixture.matrix(manager, "gradients");
      final int k = (int) g.getShape().get(0);

      final NDList analysis = kinds.analyseSamples(Vectors.split(g, kinds.symmetry().leaves()));

      assertThat(distance(Vectors.join(kinds.synthesiseSamples(analysis, k), k), g))
          .isLessThan(1e-12);
      final double norm = analysis.stream().mapToDouble(x -> x.square().sum().getDouble()).sum();
      assertThat(Math.abs(norm - g.square().sum().getDouble())).isLessThan(1e-10);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"conv", "mlp-bias", "mlp-two-hidden"})
  void splittingKeepsTheBlocksOnTheDiagonal(final String name) throws IOException {
    final Fixture fixture = Fixture.read(name);
    try (NDManager manager = NDManager.newBaseManager()) {
      final NDArray g = fixture.matrix(manager, "gradients");
      final int k = (int) g.getShape().get(0);
      final KindDecomposition whole = new KindDecomposition(fixture.symmetry());
      final KindDecomposition cut = new KindDecomposition(fixture.symmetry(), 2);
      final NDList leaves = Vectors.split(g, whole.symmetry().leaves());

      assertThat(cut.kinds()).allMatch(kind -> kind.multiplicity() <= 2);
      assertThat(cut.kinds().stream().anyMatch(kind -> kind.split())).isTrue();
      assertThat(distance(Vectors.join(cut.synthesiseSamples(cut.analyseSamples(leaves), k), k), g))
          .isLessThan(1e-12);
      final double wholeTrace =
          trace(BlockMatrix.orbitAverage(whole, whole.analyseSamples(leaves), k));
      final double cutTrace = trace(BlockMatrix.orbitAverage(cut, cut.analyseSamples(leaves), k));
      assertThat(Math.abs(wholeTrace - cutTrace)).isLessThan(1e-10);
    }
  }

  private static double trace(final BlockMatrix matrix) {
    double trace = 0;
    for (int i = 0; i < matrix.blocks().size(); i++) {
      trace += matrix.kinds().kinds().get(i).dimension() * Spectra.trace(matrix.blocks().get(i));
    }
    return trace;
  }

  private static double distance(final NDArray found, final NDArray expected) {
    assertThat(found.getShape()).isEqualTo(expected.getShape());
    return found.sub(expected).abs().max().getDouble();
  }
}
