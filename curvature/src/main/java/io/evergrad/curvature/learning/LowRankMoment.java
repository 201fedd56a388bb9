/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.blocks.Spectra;
import io.evergrad.curvature.linalg.TorchModule;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;

/**
 * A moving average M of second moments GᵀG that never is a matrix: M ≈ U diag(s) Uᵀ + τ(I − UUᵀ),
 * its largest eigenvalues and the mean of the others, which is told by the trace.
 *
 * <p>What G adds is kept as what it does to U, ΔM·U; when the moment {@link #follow follows}, M U
 * gives it new eigenvectors ({@link Nystrom}): one step of subspace iteration (Halko et al. 2011,
 * Algorithm 4.4), in one pass over the gradients. With as many eigenvectors as the side is long it
 * is exact.
 *
 * <p>Symbols: U, n × r, {@code basis}; s, {@code values}, as of the last time that it followed;
 * ΔM·U since, {@code products}; {@code totals}: the trace outside U, what s has decayed to, and the
 * trace of ΔM. Native state on the manager that it was made with. Not thread-safe.
 */
final class LowRankMoment {
  private static final int ADOPTING = 4;
  private static final TorchModule MODULE =
      TorchModule.of(
          "LowRankMoment",
          """
            def orthonormal(self: __torch__.LowRankMoment, u: Tensor) -> List[Tensor]:
              q, r = torch.linalg_qr(u)
              return [q]
            def image(self: __torch__.LowRankMoment, u: Tensor, s: Tensor, v: Tensor, totals: Tensor) -> List[Tensor]:
              return [torch.add(torch.mul(u, torch.mul(s, torch.select(totals, 0, 1))), v)]
            def become(self: __torch__.LowRankMoment, u: Tensor, s: Tensor, v: Tensor, totals: Tensor, basis: Tensor, values: Tensor, trace: float) -> List[Tensor]:
              u_ = torch.copy_(u, basis)
              s_ = torch.copy_(s, values)
              v_ = torch.zero_(v)
              t_ = torch.zero_(totals)
              r_ = torch.copy_(torch.select(totals, 0, 0), torch.clamp(torch.add(torch.neg(torch.sum(values)), trace), 0))
              k_ = torch.add_(torch.select(totals, 0, 1), 1.)
              return annotate(List[Tensor], [])
            def times(self: __torch__.LowRankMoment, u: Tensor, s: Tensor, totals: Tensor, x: Tensor) -> List[Tensor]:
              n = torch.size(u, 0)
              r = torch.size(u, 1)
              inside = torch.matmul(torch.t(u), x)
              result = torch.matmul(u, torch.mul(torch.reshape(s, [r, 1]), inside))
              if r != n:
                rest = torch.to(torch.div(torch.select(totals, 0, 0), n - r), 6)
                result = torch.add(result, torch.mul(torch.sub(x, torch.matmul(u, inside)), rest))
              return [result]
          """);

  private final NDArray basis;
  private final NDArray values;
  private final NDArray products;
  private final NDArray totals;

  /**
   * The moment of nothing.
   *
   * @param n side of M
   * @param rank eigenvectors kept, at least 1; all where fewer than half would be left out
   */
  LowRankMoment(final NDManager manager, final int n, final int rank) {
    final int r = rank(n, rank);
    final Shape shape = new Shape(n, r);
    basis = manager.zeros(shape);
    values = manager.zeros(new Shape(r));
    products = manager.zeros(shape);
    totals = manager.zeros(new Shape(3), DataType.FLOAT64);
    basis.addi(start(manager, n, r));
  }

  /** How many eigenvectors are kept of a side of n. */
  static int rank(final int n, final int rank) {
    return 2 * rank >= n ? n : rank;
  }

  /** A basis to begin with. */
  static NDArray start(final NDManager manager, final int n, final int r) {
    if (n == r) {
      return manager.eye(n);
    }
    final SplittableRandom random = new SplittableRandom(n);
    final float[] start = new float[n * r];
    for (int i = 0; i < start.length; i++) {
      start[i] = (float) random.nextGaussian();
    }
    return MODULE
        .call("orthonormal")
        .with(manager.create(start, new Shape(n, r)))
        .run(manager)
        .singletonOrThrow();
  }

  /** U, and what a gradient is added to ({@link TwoSidedMoments}): ΔM·U, totals. */
  NDList accumulated() {
    return new NDList(basis, products, totals);
  }

  /**
   * Takes what was accumulated into eigenvectors and eigenvalues.
   *
   * @return whether all was finite; if not, they stay as they were
   */
  boolean follow() {
    final Optional<Nystrom> found = found();
    found.ifPresent(eigen -> become(eigen, whole()));
    return found.isPresent();
  }

  private Optional<Nystrom> found() {
    return Nystrom.of(
        MODULE
            .call("image")
            .with(basis)
            .with(values)
            .with(products)
            .with(totals)
            .run(basis.getManager())
            .singletonOrThrow(),
        basis);
  }

  private void become(final Nystrom eigen, final double trace) {
    MODULE
        .call("become")
        .with(basis)
        .with(values)
        .with(products)
        .with(totals)
        .with(eigen.basis())
        .with(eigen.values())
        .with(trace)
        .run(basis.getManager());
  }

  /** M's trace, with what was accumulated since it followed. */
  private double whole() {
    final double[] total = totals.toDoubleArray();
    return values.sum().getFloat() * total[1] + total[0] + total[2];
  }

  /** M as a matrix, with what was accumulated since it followed; float32. */
  NDArray matrix() {
    final NDArray eye = basis.getManager().eye(side()).toType(DataType.FLOAT64, false);
    return found()
        .map(
            eigen -> {
              final NDArray u = eigen.basis();
              final NDArray inside = u.mul(eigen.values()).matMul(u.transpose());
              final long others = side() - values.size();
              if (others == 0) {
                return inside;
              }
              final double rest = Math.max(0, whole() - eigen.values().sum().getDouble()) / others;
              return inside.add(eye.sub(u.matMul(u.transpose())).mul(rest));
            })
        .orElseGet(() -> times(basis.getManager().eye(side())))
        .toType(DataType.FLOAT32, true);
  }

  /**
   * Becomes like a matrix: by a few steps of subspace iteration from the eigenvectors that it has.
   *
   * @param matrix M, n × n; ignored where it is not finite
   */
  void adopt(final NDArray matrix) {
    for (int i = 0; i < ADOPTING; i++) {
      Nystrom.of(matrix.matMul(basis), basis)
          .ifPresent(eigen -> become(eigen, Spectra.trace(matrix)));
    }
  }

  /** M X, as of the last time that it followed. */
  NDArray times(final NDArray x) {
    return MODULE
        .call("times")
        .with(basis)
        .with(values)
        .with(totals)
        .with(x)
        .run(x.getManager())
        .singletonOrThrow();
  }

  /** M's trace, as of the last time that it followed. */
  double trace() {
    return values.sum().getFloat() + totals.toDoubleArray()[0];
  }

  /** U. */
  NDArray basis() {
    return basis;
  }

  /** s. */
  NDArray values() {
    return values;
  }

  int side() {
    return (int) basis.getShape().get(0);
  }

  void forEachArray(final String name, final BiConsumer<String, NDArray> action) {
    action.accept(name + ".basis", basis);
    action.accept(name + ".values", values);
    action.accept(name + ".products", products);
    action.accept(name + ".totals", totals);
  }
}
