/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import ai.djl.ndarray.NDManager;
import io.evergrad.benchmarks.measure.CodeVersion;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.linalg.Torch;
import io.evergrad.jobs.data.BundledFashionMnist;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Approximations of curvature against the exact one, for each family and seed, at each stage of
 * training.
 *
 * @param families at least one
 * @param seeds at least one, each once
 */
public record FidelityComparison(List<Family> families, List<Long> seeds) {
  private static final List<String> CODE =
      List.of(
          "io.evergrad.benchmarks.fidelity",
          "io.evergrad.curvature.blocks",
          "io.evergrad.curvature.kinds",
          "io.evergrad.curvature.linalg",
          "io.evergrad.curvature.network",
          "io.evergrad.curvature.symmetry",
          "io.evergrad.jobs.data");

  /**
   * @throws IllegalArgumentException if there is no family or seed, or one comes twice
   */
  public FidelityComparison {
    families = once("families", families);
    seeds = once("seeds", seeds);
  }

  private static <T> List<T> once(final String what, final List<T> values) {
    if (values.isEmpty() || values.stream().distinct().count() < values.size()) {
      throw new IllegalArgumentException(what + " " + values + ": expected one or more, each once");
    }
    return List.copyOf(values);
  }

  /**
   * Runs all that is not logged yet.
   *
   * @param log file of finished runs, new or begun
   * @param err where to tell how it goes
   * @throws IOException if the log cannot be read or written
   */
  public FidelityResult run(final Path log, final PrintWriter err) throws IOException {
    final String code =
        CodeVersion.of(
            List.of(FidelityComparison.class, LinearAlgebra.class, BundledFashionMnist.class),
            CODE);
    final List<Point> points = new ArrayList<>();
    int finished = 0;
    try (FidelityLog runs = FidelityLog.open(log);
        NDManager manager = Torch.newManager();
        LinearAlgebra algebra = new LinearAlgebra()) {
      for (final Family family : families) {
        for (final long seed : seeds) {
          final FidelityRun run = new FidelityRun(family, seed);
          final Optional<List<Point>> known = runs.find(run, code);
          final long start = System.nanoTime();
          final List<Point> measured =
              known.isPresent() ? known.get() : run.measure(manager, algebra);
          if (known.isEmpty()) {
            runs.add(run, code, measured);
          }
          points.addAll(measured);
          finished++;
          err.printf(
              Locale.ROOT,
              "[%d of %d] %s, seed %d: %s%n",
              finished,
              families.size() * seeds.size(),
              family.label(),
              seed,
              known.isPresent()
                  ? "known from an earlier run"
                  : String.format(Locale.ROOT, "%.0f s", (System.nanoTime() - start) / 1e9));
          err.flush();
        }
      }
    }
    return new FidelityResult(seeds, code, points);
  }
}
