/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.blocks.Spectra;
import io.evergrad.curvature.linalg.TorchModule;
import java.util.List;
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

  /** {@code times} of a moment's {@link #arrays} and X: M X, as of the last time it followed. */
  static final String TIMES =
      """
        def times(self: __torch__.LowRankMoment, m: List[Tensor], x: Tensor) -> List[Tensor]:
          n = torch.size(m[0], 0)
          r = torch.size(m[0], 1)
          inside = torch.matmul(torch.t(m[0]), x)
          result = torch.matmul(m[0], torch.mul(torch.reshape(m[1], [r, 1]), inside))
          if r != n:
            rest = torch.to(torch.div(torch.select(m[3], 0, 0), n - r), 6)
            result = torch.add(result, torch.mul(torch.sub(x, torch.matmul(m[0], inside)), rest))
          return [result]
      """;

  /** What is told is stacked: {@code torch.tensor} would round floats to float32 first. */
  private static final TorchModule MODULE =
      TorchModule.of(
          "LowRankMoment",
          Nystrom.METHODS,
          TIMES,
          """
            def image(self: __torch__.LowRankMoment, m: List[Tensor]) -> Tensor:
              return torch.add(torch.mul(m[0], torch.mul(m[1], torch.select(m[3], 0, 1))), m[2])
            def whole(self: __torch__.LowRankMoment, m: List[Tensor]) -> float:
              inside = float(torch.sum(m[1])) * float(torch.select(m[3], 0, 1))
              return inside + float(torch.select(m[3], 0, 0)) + float(torch.select(m[3], 0, 2))
            def trace(self: __torch__.LowRankMoment, m: List[Tensor]) -> float:
              return float(torch.sum(m[1])) + float(torch.select(m[3], 0, 0))
            def become(self: __torch__.LowRankMoment, m: List[Tensor], basis: Tensor, values: Tensor, trace: float) -> List[Tensor]:
              u_ = torch.copy_(m[0], basis)
              s_ = torch.copy_(m[1], values)
              v_ = torch.zero_(m[2])
              t_ = torch.zero_(m[3])
              r_ = torch.copy_(torch.select(m[3], 0, 0), torch.clamp(torch.add(torch.neg(torch.sum(values)), trace), 0))
              k_ = torch.fill_(torch.select(m[3], 0, 1), 1.)
              return annotate(List[Tensor], [])
            def follow(self: __torch__.LowRankMoment, moments: List[List[Tensor]]) -> List[Tensor]:
              told = annotate(List[Tensor], [])
              for m in moments:
                eigen = self.eigen(self.image(m), m[0])
                if len(eigen) > 0:
                  x = self.become(m, eigen[0], eigen[1], self.whole(m))
                told.append(torch.scalar_tensor(len(eigen), dtype=7))
                told.append(torch.scalar_tensor(self.trace(m), dtype=7))
              return [torch.stack(told)]
            def sums(self: __torch__.LowRankMoment, m: List[Tensor]) -> List[Tensor]:
              return [self.image(m), torch.scalar_tensor(self.whole(m), dtype=7)]
            def orthonormal(self: __torch__.LowRankMoment, u: Tensor) -> List[Tensor]:
              q, r = torch.linalg_qr(u)
              return [q]
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
   * How moments followed.
   *
   * @param traces of each, as it is now
   * @param failed how many stayed as they were, as not all of them would have been finite
   */
  record Followed(double[] traces, int failed) {}

  /** Takes what was accumulated into eigenvectors and eigenvalues, for all of them in one call. */
  static Followed follow(final NDManager scope, final List<LowRankMoment> moments) {
    final double[] told =
        MODULE
            .call("follow")
            .with(moments.stream().map(LowRankMoment::arrays).toList())
            .run(scope)
            .singletonOrThrow()
            .toDoubleArray();
    final double[] traces = new double[moments.size()];
    int failed = 0;
    for (int i = 0; i < traces.length; i++) {
      failed += told[2 * i] == 0 ? 1 : 0;
      traces[i] = told[2 * i + 1];
    }
    return new Followed(traces, failed);
  }

  /** M as a matrix, with what was accumulated since it followed; float32. */
  NDArray matrix() {
    final NDManager manager = basis.getManager();
    final int side = (int) basis.getShape().get(0);
    final NDList sums = MODULE.call("sums").with(arrays()).run(manager);
    return Nystrom.of(sums.get(0), basis)
        .map(
            eigen -> {
              final NDArray u = eigen.basis();
              final NDArray inside = u.mul(eigen.values()).matMul(u.transpose());
              final long others = side - values.size();
              if (others == 0) {
                return inside;
              }
              final double inTrace = eigen.values().sum().toDoubleArray()[0];
              final double rest = Math.max(0, sums.get(1).toDoubleArray()[0] - inTrace) / others;
              final NDArray eye = manager.eye(side).toType(DataType.FLOAT64, false);
              return inside.add(eye.sub(u.matMul(u.transpose())).mul(rest));
            })
        .orElseGet(
            () ->
                MODULE
                    .call("times")
                    .with(arrays())
                    .with(manager.eye(side))
                    .run(manager)
                    .singletonOrThrow())
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
          .ifPresent(
              eigen ->
                  MODULE
                      .call("become")
                      .with(arrays())
                      .with(eigen.basis())
                      .with(eigen.values())
                      .with(Spectra.trace(matrix))
                      .run(basis.getManager()));
    }
  }

  /** U. */
  NDArray basis() {
    return basis;
  }

  /** s. */
  NDArray values() {
    return values;
  }

  /** U, s, ΔM·U and totals, as scripts take them. */
  NDList arrays() {
    return new NDList(basis, values, products, totals);
  }

  void forEachArray(final String name, final BiConsumer<String, NDArray> action) {
    action.accept(name + ".basis", basis);
    action.accept(name + ".values", values);
    action.accept(name + ".products", products);
    action.accept(name + ".totals", totals);
  }
}
