/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.linalg.TorchModule;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;

/**
 * M^{-1/2} for a positive semi-definite M whose spectrum falls fast, as second moments' do: exact
 * on the eigenvectors of the largest eigenvalues, and on all others as if their eigenvalues were
 * the mean of what is left of the trace,
 *
 * <p>M^{-1/2} ≈ c I + U diag(f) Uᵀ, c = (τ + δ)^{-1/2}, f = (s + δ)^{-1/2} − c, δ = λ s_max.
 *
 * <p>Each renewal takes U one step of subspace iteration towards M's eigenvectors (Halko et al.
 * 2011, Algorithm 4.4): M changes little from one to the next. With as many eigenvectors as the
 * side is long it is exact.
 *
 * <p>Symbols: U, n × r, {@code basis}; f, {@code gain}; c, {@code rest}, 0 where it is exact; τ =
 * (tr M − Σs) / (n − r). Native state on the manager that it was made with. Not thread-safe.
 */
final class LowRankRoot {
  private static final double FLOOR = 1e-30;
  private static final TorchModule MODULE =
      TorchModule.of(
          "LowRankRoot",
          """
            def renew(self: __torch__.LowRankRoot, m: Tensor, u: Tensor, gain: Tensor, rest: Tensor, damping: float, floor: float, scale: float) -> List[Tensor]:
              n = torch.size(u, 0)
              r = torch.size(u, 1)
              trace = torch.sum(torch.diagonal(m))
              if not bool(torch.isfinite(torch.sum(m))):
                return [trace]
              if r == n:
                w = torch.to(m, 7)
                q = torch.eye(n, dtype=7)
              else:
                q0, r0 = torch.linalg_qr(torch.matmul(m, u))
                q = torch.to(q0, 7)
                w = torch.to(torch.matmul(torch.t(q0), torch.matmul(m, q0)), 7)
              s, v = torch.linalg_eigh(torch.mul(torch.add(w, torch.t(w)), 0.5))
              s = torch.clamp(s, 0)
              shift = torch.add(torch.mul(torch.max(s), damping), floor)
              c = torch.mul(shift, 0.)
              if r != n:
                left = torch.clamp(torch.sub(torch.to(trace, 7), torch.sum(s)), 0)
                c = torch.mul(torch.pow(torch.add(torch.div(left, n - r), shift), -0.5), scale)
              f = torch.sub(torch.mul(torch.pow(torch.add(s, shift), -0.5), scale), c)
              b = torch.matmul(q, v)
              if bool(torch.isfinite(torch.add(torch.sum(b), torch.add(torch.sum(f), c)))):
                u_ = torch.copy_(u, b)
                gain_ = torch.copy_(gain, f)
                rest_ = torch.copy_(rest, torch.reshape(c, [1]))
                return annotate(List[Tensor], [])
              return [trace]
          """);

  private final NDArray basis;
  private final NDArray gain;
  private final NDArray rest;

  /**
   * The root of zero, until it is renewed.
   *
   * @param n side of M
   * @param rank eigenvectors kept, at least 1; all where fewer than half would be left out
   */
  LowRankRoot(final NDManager manager, final int n, final int rank) {
    final int r = rank(n, rank);
    final SplittableRandom random = new SplittableRandom(n);
    final float[] start = new float[n * r];
    for (int i = 0; i < start.length; i++) {
      start[i] = (float) random.nextGaussian();
    }
    basis = manager.create(start, new Shape(n, r));
    gain = manager.zeros(new Shape(r));
    rest = manager.zeros(new Shape(1));
  }

  /** How many eigenvectors are kept of a side of n. */
  static int rank(final int n, final int rank) {
    return 2 * rank >= n ? n : rank;
  }

  /**
   * Follows M.
   *
   * @param moment M, n × n
   * @param damping λ
   * @param scale what the root is multiplied by
   * @return whether all was finite; if not, the root stays as it was
   */
  boolean renew(final NDArray moment, final double damping, final double scale) {
    return MODULE
        .call("renew")
        .with(moment)
        .with(basis)
        .with(gain)
        .with(rest)
        .with(damping)
        .with(FLOOR)
        .with(scale)
        .run(moment.getManager())
        .isEmpty();
  }

  /** U, f and c, as {@link TwoSidedPreconditioner} applies them. */
  void addTo(final NDList arrays) {
    arrays.add(basis);
    arrays.add(gain);
    arrays.add(rest);
  }

  void forEachArray(final String name, final BiConsumer<String, NDArray> action) {
    action.accept(name + ".basis", basis);
    action.accept(name + ".gain", gain);
    action.accept(name + ".rest", rest);
  }
}
