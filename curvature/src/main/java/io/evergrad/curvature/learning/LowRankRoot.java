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
 * <p>M^{-1/2} ≈ c (I − VVᵀ), V = U diag(f), f² = 1 − (s + δ)^{-1/2} / c, c = (τ + δ)^{-1/2}, δ = λ
 * s_max.
 *
 * <p>f² is at least {@value #LEAST}, so that V tells U: an eigenvalue near or below that mean
 * counts as a little above it. Where U is square, c is that much above the root of the least
 * eigenvalue.
 *
 * <p>M is what a {@link LowRankMoment} stands for; or that and what is remembered of a precision,
 * which each renewal takes U one step of subspace iteration towards.
 *
 * <p>Symbols: V, n × r, {@code columns}; c, {@code level}; τ = (tr M − Σs) / (n − r); Ve, {@code
 * end}, where e is V's last row: what the last column of a G brings to GVVᵀ. Native state on the
 * manager of V. Not thread-safe.
 */
final class LowRankRoot {
  private static final double FLOOR = 1e-30;
  private static final double LEAST = 1e-4;
  private static final TorchModule MODULE =
      TorchModule.of(
          "LowRankRoot",
          """
            def renew(self: __torch__.LowRankRoot, v: Tensor, end: List[Tensor], level: Tensor, basis: Tensor, values: Tensor, trace: float, damping: float, floor: float, scale: float, least: float) -> List[Tensor]:
              n = torch.size(v, 0)
              r = torch.size(v, 1)
              s = torch.to(values, 7)
              shift = torch.add(torch.mul(torch.max(s), damping), floor)
              root = torch.pow(torch.add(s, shift), -0.5)
              c = torch.div(torch.max(root), 1. - least)
              if r != n:
                left = torch.clamp(torch.add(torch.neg(torch.sum(s)), trace), 0)
                c = torch.pow(torch.add(torch.div(left, n - r), shift), -0.5)
              f = torch.sqrt(torch.clamp(torch.rsub(torch.div(root, c), 1), least))
              if bool(torch.isfinite(torch.add(torch.sum(f), c))):
                v_ = torch.copy_(v, torch.mul(basis, f))
                for x in end:
                  e_ = torch.copy_(x, torch.mv(v, torch.select(v, 0, -1)))
                level_ = torch.copy_(level, torch.reshape(torch.mul(c, scale), [1]))
                return annotate(List[Tensor], [])
              return [shift]
            def basis(self: __torch__.LowRankRoot, v: Tensor) -> List[Tensor]:
              return [torch.div(v, torch.norm(v, 2, [0], True))]
          """);

  private final NDArray columns;
  private final NDList end;
  private final NDArray level;

  /**
   * The root of zero, until it is renewed.
   *
   * @param columns V, n × r, r at most n; overwritten
   * @param end Ve, n, where it is wanted; overwritten
   */
  LowRankRoot(final NDArray columns, final Optional<NDArray> end) {
    this.columns = columns;
    this.end = new NDList();
    end.ifPresent(this.end::add);
    final Shape shape = columns.getShape();
    final NDManager manager = columns.getManager();
    level = manager.zeros(new Shape(1));
    try (NDManager scope = manager.newSubManager()) {
      columns.muli(0).addi(LowRankMoment.start(scope, (int) shape.get(0), (int) shape.get(1)));
    }
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
    final NDArray basis =
        MODULE.call("basis").with(columns).run(columns.getManager()).singletonOrThrow();
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
        .with(columns)
        .with(end)
        .with(level)
        .with(vectors)
        .with(values)
        .with(trace)
        .with(damping)
        .with(FLOOR)
        .with(scale)
        .with(LEAST)
        .run(values.getManager())
        .isEmpty();
  }

  /** c. */
  double level() {
    return level.toFloatArray()[0];
  }

  void forEachArray(final String name, final BiConsumer<String, NDArray> action) {
    action.accept(name + ".columns", columns);
    end.forEach(array -> action.accept(name + ".end", array));
    action.accept(name + ".level", level);
  }
}
