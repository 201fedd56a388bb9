/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.linalg.TorchModule;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;

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
  private static final double LEAST = 1e-4;
  private static final TorchModule MODULE =
      TorchModule.of(
          "LowRankRoot",
          Nystrom.METHODS,
          LowRankMoment.TIMES,
          """
            def become(self: __torch__.LowRankRoot, root: List[Tensor], basis: Tensor, values: Tensor, trace: float, damping: float, scale: float, least: float) -> bool:
              v = root[0]
              n = torch.size(v, 0)
              r = torch.size(v, 1)
              s = torch.to(values, 7)
              shift = torch.add(torch.mul(torch.max(s), damping), 1e-30)
              power = torch.pow(torch.add(s, shift), -0.5)
              c = torch.div(torch.max(power), 1. - least)
              if r != n:
                left = torch.clamp(torch.add(torch.neg(torch.sum(s)), trace), 0)
                c = torch.pow(torch.add(torch.div(left, n - r), shift), -0.5)
              f = torch.sqrt(torch.clamp(torch.rsub(torch.div(power, c), 1), least))
              finite = bool(torch.isfinite(torch.add(torch.sum(f), c)))
              if finite:
                v_ = torch.copy_(v, torch.mul(basis, f))
                level_ = torch.copy_(root[1], torch.reshape(torch.mul(c, scale), [1]))
                for end in torch.slice(root, 2):
                  e_ = torch.copy_(end, torch.mv(v, torch.select(v, 0, -1)))
              return finite
            def remembering(self: __torch__.LowRankRoot, root: List[Tensor], m: List[Tensor], correction: float, precision: List[Tensor], weight: float) -> List[Tensor]:
              basis = torch.div(root[0], torch.norm(root[0], 2, [0], True))
              ofMoment = torch.mul(self.times(m, basis)[0], correction)
              gains = torch.to(torch.mul(precision[1], weight), 6)
              inside = torch.mul(torch.matmul(torch.t(precision[0]), basis), torch.reshape(gains, [-1, 1]))
              return self.eigen(torch.add(ofMoment, torch.matmul(precision[0], inside)), basis)
            def renew(self: __torch__.LowRankRoot, roots: List[List[Tensor]], moments: List[List[Tensor]], correction: float, precisions: List[List[Tensor]], weights: List[float], traces: List[float], damping: float, scales: List[float], least: float) -> List[Tensor]:
              renewed = annotate(List[float], [])
              for i in range(len(roots)):
                m = moments[i]
                eigen = [m[0], torch.mul(m[1], correction)]
                if len(precisions[i]) > 0:
                  eigen = self.remembering(roots[i], m, correction, precisions[i], weights[i])
                finite = len(eigen) > 0
                if finite:
                  finite = self.become(roots[i], eigen[0], eigen[1], traces[i], damping, scales[i], least)
                renewed.append(float(finite))
              return [torch.tensor(renewed)]
            def levels(self: __torch__.LowRankRoot, levels: List[Tensor]) -> List[Tensor]:
              return [torch.cat(levels)]
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
   * What a root becomes the root of.
   *
   * @param moment has followed what it accumulated
   * @param trace of the moment as it is, without what it is multiplied by
   * @param remembered what is added to it, of the same side
   * @param scale what the root is multiplied by
   */
  record Renewal(
      LowRankRoot root,
      LowRankMoment moment,
      double trace,
      Optional<SpectralFactor> remembered,
      double scale) {

    /** M's trace. */
    double whole(final double correction) {
      return trace * correction + remembered.map(SpectralFactor::trace).orElse(0.0);
    }

    private NDList precision() {
      return remembered.map(of -> new NDList(of.basis(), of.values())).orElseGet(NDList::new);
    }
  }

  /**
   * Follows moments, all in one call.
   *
   * @param correction what the moments are multiplied by
   * @param damping λ
   * @return how many roots stayed as they were, as not all of them would have been finite
   */
  static int renew(
      final NDManager scope,
      final List<Renewal> renewals,
      final double correction,
      final double damping) {
    final float[] renewed =
        MODULE
            .call("renew")
            .with(renewals.stream().map(of -> of.root().arrays()).toList())
            .with(renewals.stream().map(of -> of.moment().arrays()).toList())
            .with(correction)
            .with(renewals.stream().map(Renewal::precision).toList())
            .with(
                renewals.stream()
                    .mapToDouble(of -> of.remembered().map(SpectralFactor::scale).orElse(0.0))
                    .toArray())
            .with(renewals.stream().mapToDouble(of -> of.whole(correction)).toArray())
            .with(damping)
            .with(renewals.stream().mapToDouble(Renewal::scale).toArray())
            .with(LEAST)
            .run(scope)
            .singletonOrThrow()
            .toFloatArray();
    int kept = 0;
    for (final float each : renewed) {
      kept += each == 0 ? 1 : 0;
    }
    return kept;
  }

  /** c of each. */
  static double[] levels(final List<LowRankRoot> roots) {
    final NDArray[] levels = roots.stream().map(root -> root.level).toArray(NDArray[]::new);
    try (NDManager scope = levels[0].getManager().newSubManager()) {
      final float[] told =
          MODULE
              .call("levels")
              .with(new NDList(levels))
              .run(scope)
              .singletonOrThrow()
              .toFloatArray();
      return IntStream.range(0, told.length).mapToDouble(i -> told[i]).toArray();
    }
  }

  private NDList arrays() {
    final NDList arrays = new NDList(columns, level);
    arrays.addAll(end);
    return arrays;
  }

  void forEachArray(final String name, final BiConsumer<String, NDArray> action) {
    action.accept(name + ".columns", columns);
    end.forEach(array -> action.accept(name + ".end", array));
    action.accept(name + ".level", level);
  }
}
