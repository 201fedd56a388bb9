/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.linalg.TorchModule;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * M^{-1/2} for a positive semi-definite M whose spectrum falls fast, as second moments' do: on the
 * eigenvectors of the largest eigenvalues, and on all others as if their eigenvalues were the mean
 * of what is left of the trace,
 *
 * <p>M^{-1/2} ≈ c I + U diag(f) Uᵀ, c = (τ + δ)^{-1/2}, f = (s + δ)^{-1/2} − c, δ = λ s_max.
 *
 * <p>M is what a {@link LowRankMoment} stands for; or that and what is remembered of a precision,
 * which each renewal takes U one step of subspace iteration towards.
 *
 * <p>Symbols: U, n × r, {@code basis}; f, {@code gain}; c, {@code rest}, 0 where r = n; τ = (tr M −
 * Σs) / (n − r). Native state on the manager that it was made with. Not thread-safe.
 */
final class LowRankRoot {
  private static final double FLOOR = 1e-30;
  private static final TorchModule MODULE =
      TorchModule.of(
          "LowRankRoot",
          """
            def renew(self: __torch__.LowRankRoot, u: Tensor, gain: Tensor, rest: Tensor, basis: Tensor, values: Tensor, trace: float, damping: float, floor: float, scale: float) -> List[Tensor]:
              n = torch.size(u, 0)
              r = torch.size(u, 1)
              s = torch.to(values, 7)
              shift = torch.add(torch.mul(torch.max(s), damping), floor)
              c = torch.mul(shift, 0.)
              if r != n:
                left = torch.clamp(torch.add(torch.neg(torch.sum(s)), trace), 0)
                c = torch.mul(torch.pow(torch.add(torch.div(left, n - r), shift), -0.5), scale)
              f = torch.sub(torch.mul(torch.pow(torch.add(s, shift), -0.5), scale), c)
              if bool(torch.isfinite(torch.add(torch.sum(f), c))):
                u_ = torch.copy_(u, basis)
                gain_ = torch.copy_(gain, f)
                rest_ = torch.copy_(rest, torch.reshape(c, [1]))
                return annotate(List[Tensor], [])
              return [shift]
          """);

  private final NDArray basis;
  private final NDArray gain;
  private final NDArray rest;

  /**
   * The root of zero, until it is renewed.
   *
   * @param n side of M
   * @param rank eigenvectors kept, as of {@link LowRankMoment}
   */
  LowRankRoot(final NDManager manager, final int n, final int rank) {
    final int r = LowRankMoment.rank(n, rank);
    basis = manager.zeros(new Shape(n, r));
    gain = manager.zeros(new Shape(r));
    rest = manager.zeros(new Shape(1));
    basis.addi(LowRankMoment.start(manager, n, r));
  }

  /**
   * Follows a moment.
   *
   * @param moment has followed what it accumulated
   * @param correction what its eigenvalues are multiplied by
   * @param remembered what is added to it, of the same side
   * @param damping λ
   * @param scale what the root is multiplied by
   * @return whether all was finite; if not, the root stays as it was
   */
  boolean renew(
      final LowRankMoment moment,
      final double correction,
      final Optional<SpectralFactor> remembered,
      final double damping,
      final double scale) {
    final double trace = moment.trace() * correction;
    if (remembered.isEmpty()) {
      return renew(moment.basis(), moment.values().mul(correction), trace, damping, scale);
    }
    final SpectralFactor precision = remembered.get();
    final NDArray image = moment.times(basis).mul(correction).add(precision.times(basis));
    final double whole = trace + precision.trace();
    return Nystrom.of(image, basis)
        .filter(eigen -> renew(eigen.basis(), eigen.values(), whole, damping, scale))
        .isPresent();
  }

  private boolean renew(
      final NDArray vectors,
      final NDArray values,
      final double trace,
      final double damping,
      final double scale) {
    return MODULE
        .call("renew")
        .with(basis)
        .with(gain)
        .with(rest)
        .with(vectors)
        .with(values)
        .with(trace)
        .with(damping)
        .with(FLOOR)
        .with(scale)
        .run(values.getManager())
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
