/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.blocks.Spectra;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.linalg.Matrices;
import java.util.ArrayList;
import java.util.List;

/**
 * Sums of Kronecker products over a layer's [W b].
 *
 * @param of the layer
 * @param terms each B ⊗ A
 */
record Kronecker(LayerGradients of, List<Term> terms) implements Curvature {
  private static final int ITERATIONS = 10;

  /**
   * B ⊗ A.
   *
   * @param units B, u × u
   * @param inputs A, columns × columns
   */
  record Term(NDArray units, NDArray inputs) {}

  /** Copies the list. */
  Kronecker {
    terms = List.copyOf(terms);
  }

  private static Kronecker of(final LayerGradients of, final NDArray units, final NDArray inputs) {
    return new Kronecker(of, List.of(new Term(units, inputs)));
  }

  /**
   * K-FAC: E[d dᵀ] ⊗ E[a aᵀ]. Where weights are shared, places are taken as independent, and as
   * alike ("expand"; KFC of Grosse and Martens 2016): T · mean of d dᵀ ⊗ mean of a aᵀ over examples
   * and places.
   */
  static Kronecker expand(final LayerGradients of) {
    final NDArray d = flat(of.derivatives());
    final NDArray a = flat(of.inputs());
    final long rows = d.getShape().get(0);
    final double places = of.derivatives().getShape().get(1);
    return of(
        of,
        Matrices.gram(d).mul(places / (rows * (double) of.gradients().predictions())),
        Matrices.gram(a).div(rows));
  }

  /**
   * K-FAC with weights shared in the "reduce" way (Eschenhagen et al. 2023): a's mean and d's sum
   * over places, as if there were one place. Without sharing the same as {@link #expand}.
   */
  static Kronecker reduce(final LayerGradients of) {
    final NDArray d = of.derivatives().sum(new int[] {1});
    final NDArray a = of.inputs().mean(new int[] {1});
    return of(
        of,
        Matrices.gram(d).div(of.predictions()),
        Matrices.gram(a).div(of.gradients().examples()));
  }

  /**
   * Shampoo (Gupta et al. 2018) as an estimate of the second moment: L^{1/2} ⊗ R^{1/2}, with L =
   * E[GGᵀ] and R = E[GᵀG], scaled to its trace. Shampoo's step is by the inverse square root, so by
   * the exponents −1/4.
   */
  static Kronecker shampoo(final LayerGradients of, final LinearAlgebra algebra) {
    final NDArray g = of.matrices();
    final NDArray left = left(g).div(of.predictions());
    final double trace = Spectra.trace(left);
    final NDArray units = root(algebra, left);
    final NDArray inputs = root(algebra, right(g).div(of.predictions()));
    return of(of, units.mul(trace / Spectra.trace(units) / Spectra.trace(inputs)), inputs);
  }

  private static NDArray root(final LinearAlgebra algebra, final NDArray matrix) {
    try (NDManager scope = matrix.getManager().newSubManager()) {
      final LinearAlgebra.Spectrum spectrum = Spectra.spectrum(scope, algebra, matrix);
      final NDArray root =
          spectrum
              .vectors()
              .mul(spectrum.values().maximum(0).sqrt())
              .matMul(Matrices.transposed(spectrum.vectors()))
              .toType(matrix.getDataType(), true);
      root.attach(matrix.getManager());
      return root;
    }
  }

  /**
   * Two-sided: the average over O(u) on the units times that over the orthogonal group on the
   * inputs, B ⊗ A / s of docs/mathematics.md; L ⊗ R / tr L. It is what Shampoo with exponents −1/2
   * estimates.
   */
  static Kronecker twoSided(final LayerGradients of) {
    final NDArray g = of.matrices();
    final NDArray left = left(g).div(of.predictions());
    return of(of, left.div(Spectra.trace(left)), right(g).div(of.predictions()));
  }

  /**
   * Two-sided, iterated: each average weighed by the other factor, A ← E[Gᵀ B G] / ‖B‖², B ← E[G A
   * Gᵀ] / ‖A‖². This is power iteration; the limit is the nearest Kronecker product. Further terms
   * do the same with what the terms before them leave.
   *
   * @param count of terms, at least 1
   */
  static Kronecker iterated(final LayerGradients of, final int count) {
    final NDArray g = of.matrices();
    final List<Term> terms = new ArrayList<>();
    for (int k = 0; k < count; k++) {
      NDArray units = start(g, terms.size());
      NDArray inputs = null;
      for (int i = 0; i < ITERATIONS; i++) {
        inputs = weighed(of, g, units, terms, true);
        units = weighed(of, g, inputs, terms, false);
      }
      terms.add(new Term(units, inputs));
    }
    return new Kronecker(of, terms);
  }

  /** The identity; for a later term a diagonal that differs from unit to unit. */
  private static NDArray start(final NDArray g, final int before) {
    final int u = (int) g.getShape().get(1);
    final NDArray diagonal = g.getManager().create(diagonal(u, before), new Shape(u, 1));
    return g.getManager()
        .eye(u, u, 0, DataType.FLOAT64)
        .mul(diagonal)
        .toType(g.getDataType(), false);
  }

  private static double[] diagonal(final int units, final int before) {
    final double[] values = new double[units];
    for (int i = 0; i < units; i++) {
      values[i] = Math.cos(Math.PI * before * (i + 0.5) / units);
    }
    return values;
  }

  /**
   * E[Gᵀ B G] / ‖B‖² less what earlier terms have of it; with {@code inputs} false, E[G A Gᵀ] /
   * ‖A‖².
   */
  private static NDArray weighed(
      final LayerGradients of,
      final NDArray g,
      final NDArray by,
      final List<Term> terms,
      final boolean inputs) {
    final double size = inner(by, by);
    final NDArray sum;
    if (inputs) {
      final int columns = of.columns();
      sum =
          g.reshape(new Shape(-1, columns))
              .transpose()
              .matMul(by.matMul(g).reshape(new Shape(-1, columns)));
    } else {
      final NDArray transposed = g.transpose(1, 0, 2).reshape(new Shape(of.units(), -1));
      sum =
          g.matMul(by)
              .transpose(1, 0, 2)
              .reshape(new Shape(of.units(), -1))
              .matMul(transposed.transpose());
    }
    NDArray result = sum.div(of.predictions() * size);
    for (final Term term : terms) {
      final NDArray same = inputs ? term.units() : term.inputs();
      final NDArray other = inputs ? term.inputs() : term.units();
      result = result.sub(other.mul(inner(by, same) / size));
    }
    return result;
  }

  private static double inner(final NDArray a, final NDArray b) {
    return a.mul(b).sum().toType(DataType.FLOAT64, false).getDouble();
  }

  /** Σ GGᵀ. */
  private static NDArray left(final NDArray g) {
    final NDArray rows = g.transpose(1, 0, 2).reshape(new Shape(g.getShape().get(1), -1));
    return rows.matMul(rows.transpose());
  }

  /** Σ GᵀG. */
  private static NDArray right(final NDArray g) {
    return Matrices.gram(g.reshape(new Shape(-1, g.getShape().get(2))));
  }

  private static NDArray flat(final NDArray places) {
    return places.reshape(new Shape(-1, places.getShape().get(2)));
  }

  @Override
  public long elements() {
    return terms.stream().mapToLong(term -> term.units().size() + term.inputs().size()).sum();
  }

  @Override
  public NDArray dense() {
    NDArray sum = null;
    for (final Term term : terms) {
      final NDArray product = product(term);
      sum = sum == null ? product : sum.add(product);
    }
    return of.inLeafOrder(sum);
  }

  private NDArray product(final Term term) {
    final int u = of.units();
    final int n = of.columns();
    return term.units()
        .reshape(new Shape(u, 1, u, 1))
        .mul(term.inputs().reshape(new Shape(1, n, 1, n)))
        .reshape(new Shape(of.count(), of.count()));
  }
}
