/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.linalg.TorchModule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
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
  private static final double FLOOR = 1e-30;
  private static final double LEAST = 1e-4;
  private static final TorchModule MODULE =
      TorchModule.of(
          "LowRankRoot",
          Nystrom.METHODS,
          LowRankMoment.TIMES,
          """
            def remembering(self: __torch__.LowRankRoot, v: Tensor, m: List[Tensor], correction: float, precision: List[Tensor], weight: float) -> List[Tensor]:
              basis = torch.div(v, torch.norm(v, 2, [0], True))
              ofMoment = torch.mul(self.times(m, basis)[0], correction)
              gains = torch.to(torch.mul(precision[1], weight), 6)
              inside = torch.mul(torch.matmul(torch.t(precision[0]), basis), torch.reshape(gains, [-1, 1]))
              eigen = self.eigen(torch.add(ofMoment, torch.matmul(precision[0], inside)), basis)
              if len(eigen) == 0:
                eigen = [basis, torch.slice(precision[1], 0, 0, 0)]
              return eigen
            def remember(self: __torch__.LowRankRoot, columns: List[Tensor], moments: List[List[Tensor]], correction: float, precisions: List[List[Tensor]], weights: List[float]) -> List[Tensor]:
              found = annotate(List[Tensor], [])
              for i in range(len(columns)):
                eigen = self.remembering(columns[i], moments[i], correction, precisions[i], weights[i])
                found.append(eigen[0])
                found.append(eigen[1])
              return found
            def become(self: __torch__.LowRankRoot, roots: List[List[Tensor]], bases: List[Tensor], f: Tensor, levels: List[float]) -> List[Tensor]:
              first = 0
              for i in range(len(roots)):
                v = roots[i][0]
                after = first + torch.size(v, 1)
                v_ = torch.copy_(v, torch.mul(bases[i], torch.slice(f, 0, first, after)))
                c_ = torch.fill_(roots[i][1], levels[i])
                for end in torch.slice(roots[i], 2):
                  e_ = torch.copy_(end, torch.mv(v, torch.select(v, 0, -1)))
                first = after
              return annotate(List[Tensor], [])
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

    private Eigen ofMoment(final double correction) {
      final float factor = (float) correction;
      final float[] values = moment.values().toFloatArray();
      return new Eigen(
          moment.basis(),
          IntStream.range(0, values.length).mapToDouble(i -> values[i] * factor).toArray());
    }
  }

  /** U and s of an M. */
  private record Eigen(NDArray basis, double[] values) {}

  /** f and c of a root. */
  private record Gains(double[] f, double c) {

    static Gains of(
        final double[] values, final int side, final double trace, final double damping) {
      final double shift = damping * largest(values) + FLOOR;
      final double[] powers = Arrays.stream(values).map(s -> 1 / Math.sqrt(s + shift)).toArray();
      final int others = side - values.length;
      final double rest = Math.max(0, trace - Arrays.stream(values).sum()) / others;
      final double c = others > 0 ? 1 / Math.sqrt(rest + shift) : largest(powers) / (1 - LEAST);
      return new Gains(
          Arrays.stream(powers).map(of -> Math.sqrt(Math.max(1 - of / c, LEAST))).toArray(), c);
    }

    private static double largest(final double[] of) {
      return Arrays.stream(of).max().orElse(Double.NaN);
    }

    boolean finite() {
      return f.length > 0 && Double.isFinite(c) && Arrays.stream(f).allMatch(Double::isFinite);
    }
  }

  /** What takes a root's place: V = U diag(f), and c, multiplied. */
  private record Successor(LowRankRoot root, NDArray basis, Gains gains, double level) {

    static Successor of(
        final Renewal renewal, final Eigen eigen, final double correction, final double damping) {
      final int side = (int) renewal.root().columns.getShape().get(0);
      final Gains gains = Gains.of(eigen.values(), side, renewal.whole(correction), damping);
      return new Successor(renewal.root(), eigen.basis(), gains, gains.c() * renewal.scale());
    }
  }

  /**
   * Follows moments, all in one call; or in two, where something is remembered.
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
    final Iterator<Eigen> remembered = remembered(scope, renewals, correction).iterator();
    final List<Successor> successors = new ArrayList<>();
    for (final Renewal renewal : renewals) {
      final Eigen eigen =
          renewal.remembered().isPresent() ? remembered.next() : renewal.ofMoment(correction);
      final Successor successor = Successor.of(renewal, eigen, correction, damping);
      if (successor.gains().finite()) {
        successors.add(successor);
      }
    }
    if (!successors.isEmpty()) {
      MODULE
          .call("become")
          .with(successors.stream().map(of -> of.root().arrays()).toList())
          .with(new NDList(successors.stream().map(Successor::basis).toArray(NDArray[]::new)))
          .with(
              scope.create(
                  successors.stream()
                      .flatMapToDouble(of -> Arrays.stream(of.gains().f()))
                      .toArray()))
          .with(successors.stream().mapToDouble(Successor::level).toArray())
          .run(scope);
    }
    return renewals.size() - successors.size();
  }

  /** Of those that remember something, in their order; without values where not finite. */
  private static List<Eigen> remembered(
      final NDManager scope, final List<Renewal> renewals, final double correction) {
    final List<Renewal> all = renewals.stream().filter(of -> of.remembered().isPresent()).toList();
    if (all.isEmpty()) {
      return List.of();
    }
    final List<SpectralFactor> precisions =
        all.stream().flatMap(of -> of.remembered().stream()).toList();
    final NDList found =
        MODULE
            .call("remember")
            .with(new NDList(all.stream().map(of -> of.root().columns).toArray(NDArray[]::new)))
            .with(all.stream().map(of -> of.moment().arrays()).toList())
            .with(correction)
            .with(precisions.stream().map(of -> new NDList(of.basis(), of.values())).toList())
            .with(precisions.stream().mapToDouble(SpectralFactor::scale).toArray())
            .run(scope);
    return IntStream.range(0, all.size())
        .mapToObj(i -> new Eigen(found.get(2 * i), found.get(2 * i + 1).toDoubleArray()))
        .toList();
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
