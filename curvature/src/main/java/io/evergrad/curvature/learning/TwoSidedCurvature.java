/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.evergrad.curvature.kinds.Range;
import io.evergrad.curvature.learning.LowRankRoot.Renewal;
import io.evergrad.curvature.network.Layer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Moments and roots of H = (B ⊗ A / s)^{1/2} for one layer's G = [W b]: the second moment averaged
 * over O(units) on the output axis is I ⊗ A, over O(inputs + 1) on the input axis B ⊗ I, and their
 * product normalised to its trace. Then H⁻¹G = √s B^{-1/2} G A^{-1/2}: two-sided Shampoo, but for
 * its exponents of −1/4.
 *
 * <p>A and B are known by their largest eigenvectors ({@link LowRankMoment}), and so are their
 * roots, each damped by λ ({@link LayerRoots}). The entries of H⁻¹G have a root mean square about
 * or below 1 where gradients are like those of before.
 *
 * <p>Symbols: A, a moving average of GᵀG / units, {@code in}; B, of GGᵀ / (inputs + 1), {@code
 * out}; s = tr B / units. A preconditioner that remembers adds the precision's factors, both times
 * {@link LearnerSettings#memoryWeight} of the traces of A and of the precision's: those of B have
 * the same ratio. Where the block limit cuts a factor, the coupling between its ranges is dropped.
 */
final class TwoSidedCurvature {
  private final LearnerSettings settings;
  private final int index;
  private final NDManager manager;
  private final Protector protector;
  private final Factor in;
  private final Factor out;

  /** A factor, and its inverse root, range by range; that of {@code out} is multiplied by √s. */
  private record Factor(List<Range> ranges, List<LowRankMoment> moments, List<LowRankRoot> roots) {

    int side() {
      return ranges.get(ranges.size() - 1).end();
    }

    void forEachMoment(final String name, final BiConsumer<String, LowRankMoment> action) {
      for (int i = 0; i < ranges.size(); i++) {
        action.accept(part(name, i), moments.get(i));
      }
    }

    void forEachRoot(final String name, final BiConsumer<String, NDArray> action) {
      for (int i = 0; i < ranges.size(); i++) {
        roots.get(i).forEachArray(part(name, i), action);
      }
    }

    private String part(final String name, final int i) {
      return ranges.size() == 1 ? name : name + "." + i;
    }
  }

  /**
   * @param index of the layer
   * @param roots to renew
   * @param protector whose precision is remembered
   */
  TwoSidedCurvature(
      final LearnerSettings settings,
      final Layer layer,
      final int index,
      final LayerRoots roots,
      final NDManager manager,
      final Protector protector) {
    this.settings = settings;
    this.index = index;
    this.manager = manager;
    this.protector = protector;
    in = factor(layer.columns(), roots.inputs());
    out = factor(layer.units(), roots.units());
  }

  private Factor factor(final int side, final List<LowRankRoot> roots) {
    final List<Range> ranges = Range.cut(side, settings.blockLimit());
    return new Factor(
        ranges,
        ranges.stream()
            .map(range -> new LowRankMoment(manager, range.size(), settings.rootRank()))
            .toList(),
        roots);
  }

  /** A, range by range. */
  List<LowRankMoment> inputs() {
    return in.moments();
  }

  /** B, range by range. */
  List<LowRankMoment> units() {
    return out.moments();
  }

  /**
   * Computes both roots anew.
   *
   * @param steps how many gradients A and B have taken, at least 1
   * @return how often a root had to stay as it was, as it would not have been finite
   */
  int renew(final long steps) {
    final double correction = 1 / (1 - Math.pow(settings.decay(), steps));
    try (NDManager scope = manager.newSubManager()) {
      final LowRankMoment.Followed followed =
          LowRankMoment.follow(
              scope, Stream.of(in, out).flatMap(of -> of.moments().stream()).toList());
      final int inputs = in.ranges().size();
      final double[] ofInputs = Arrays.copyOf(followed.traces(), inputs);
      final double[] ofUnits =
          Arrays.copyOfRange(followed.traces(), inputs, followed.traces().length);
      final List<Optional<SpectralFactor>> known = precision(in, AffineMaps.Axis.OUTPUT);
      final double weight =
          settings.memoryWeight(DoubleStream.of(ofInputs).sum() * correction, trace(known));
      final List<Renewal> renewals =
          new ArrayList<>(renewals(in, ofInputs, times(weight, known), 1));
      final List<Optional<SpectralFactor>> units =
          times(weight, precision(out, AffineMaps.Axis.INPUT));
      final double trace = DoubleStream.of(ofUnits).sum() * correction + trace(units);
      renewals.addAll(renewals(out, ofUnits, units, Math.sqrt(trace / out.side())));
      return followed.failed() + LowRankRoot.renew(scope, renewals, correction, settings.damping());
    }
  }

  private static List<Renewal> renewals(
      final Factor factor,
      final double[] traces,
      final List<Optional<SpectralFactor>> remembered,
      final double scale) {
    return IntStream.range(0, traces.length)
        .mapToObj(
            i ->
                new Renewal(
                    factor.roots().get(i),
                    factor.moments().get(i),
                    traces[i],
                    remembered.get(i),
                    scale))
        .toList();
  }

  /** The precision's factor, range by range; none where nothing is remembered. */
  private List<Optional<SpectralFactor>> precision(
      final Factor factor, final AffineMaps.Axis averaged) {
    return factor.ranges().stream()
        .map(
            range ->
                settings.memory() > 0
                    ? protector.factorOn(index, averaged, range)
                    : Optional.<SpectralFactor>empty())
        .toList();
  }

  private static List<Optional<SpectralFactor>> times(
      final double weight, final List<Optional<SpectralFactor>> factors) {
    return factors.stream().map(factor -> factor.map(of -> of.times(weight))).toList();
  }

  private static double trace(final List<Optional<SpectralFactor>> factors) {
    return factors.stream().flatMap(Optional::stream).mapToDouble(SpectralFactor::trace).sum();
  }

  /** Borrows its own arrays, so that what is made of them goes with the scope. */
  private <R> R scoped(final Supplier<R> work) {
    try (NDManager scope = manager.newSubManager()) {
      forEachArray((name, array) -> scope.tempAttachAll(new NDList(array)));
      return work.get();
    }
  }

  /** Shows A and B, by name. */
  void readMoments(final BiConsumer<String, NDArray> reader) {
    scoped(
        () -> {
          forEachMoment((name, moment) -> reader.accept(name, moment.matrix()));
          return null;
        });
  }

  /** Shows A and B, by name, and takes what the writer leaves in their place. */
  void writeMoments(final BiConsumer<String, NDArray> writer) {
    scoped(
        () -> {
          forEachMoment(
              (name, moment) -> {
                final NDArray matrix = moment.matrix();
                writer.accept(name, matrix);
                moment.adopt(matrix);
              });
          return null;
        });
  }

  private void forEachMoment(final BiConsumer<String, LowRankMoment> action) {
    in.forEachMoment("inputs.moment", action);
    out.forEachMoment("units.moment", action);
  }

  /** Visits every array that it holds, by name. */
  void forEachArray(final BiConsumer<String, NDArray> action) {
    forEachMoment((name, moment) -> moment.forEachArray(name, action));
    in.forEachRoot("inputs.root", action);
    out.forEachRoot("units.root", action);
  }
}
