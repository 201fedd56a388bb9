/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import io.evergrad.benchmarks.measure.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** A comparison as tables, as CSV and as charts. */
public final class FidelityReport {
  private final FidelityResult result;
  private final String version;
  private final Machine machine;

  /** A report. */
  public FidelityReport(final FidelityResult result, final String version, final Machine machine) {
    this.result = Objects.requireNonNull(result, "result");
    this.version = Objects.requireNonNull(version, "version");
    this.machine = Objects.requireNonNull(machine, "machine");
  }

  /**
   * Writes {@code fidelity.csv}, {@code fidelity.md} and a chart for each family.
   *
   * @throws IOException if a file cannot be written
   */
  public void write(final Path directory) throws IOException {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("fidelity.csv"), csv());
    Files.writeString(directory.resolve("fidelity.md"), markdown());
    for (final Family family : result.families()) {
      Files.write(directory.resolve(FidelityChart.file(family)), FidelityChart.png(result, family));
    }
  }

  /** A line for each measurement. */
  public String csv() {
    final StringBuilder csv = new StringBuilder();
    csv.append(
        "family,seed,stage,parameters,estimator,choice,side,elements,bytes,seconds,"
            + "fisher_error,fisher_scaled_error,fisher_cosine,"
            + "hessian_error,hessian_scaled_error,hessian_cosine,step_error,step_cosine\n");
    for (final Point point : result.points()) {
      for (final Measurement m : point.measurements()) {
        csv.append(
            String.format(
                Locale.ROOT,
                "%s,%d,%s,%d,%s,\"%s\",%s,%d,%d,%.3e,%.6g,%.6g,%.6g,%.6g,%.6g,%.6g,%.6g,%.6g%n",
                point.family().label(),
                point.seed(),
                point.stage().label(),
                point.parameters(),
                m.estimator().label(),
                m.choice(),
                lower(m.side()),
                m.elements(),
                m.bytes(),
                m.seconds(),
                m.fisher().error(),
                m.fisher().scaledError(),
                m.fisher().cosine(),
                m.hessian().error(),
                m.hessian().scaledError(),
                m.hessian().cosine(),
                m.step().error(),
                m.step().cosine()));
      }
    }
    return csv.toString();
  }

  /** Tables for people. */
  public String markdown() {
    return String.join(
        "\n",
        "- Seeds: "
            + result.seeds().stream().map(String::valueOf).collect(Collectors.joining(", "))
            + "; every figure is a median over them",
        "- Code: " + version + ", digest " + result.code(),
        "- Machine: " + machine,
        "",
        "## Verdict",
        "",
        verdict(),
        "",
        result.families().stream().map(this::family).collect(Collectors.joining("\n")));
  }

  /** Who is closer, with the figures. */
  public String verdict() {
    final StringBuilder text = new StringBuilder();
    text.append(
        "Relative error against the Fisher, with the best scalar, and of the damped step by it.\n\n");
    text.append(
        "| family | ours | bytes (K-FAC, Shampoo) | stage | ours | K-FAC | Shampoo | closest | step closest |\n");
    text.append("|---|---|---|---|---|---|---|---|---|\n");
    for (final Verdict verdict : result.verdicts()) {
      for (final Verdict.Line line : verdict.stages()) {
        text.append(
            "| %s | %s | %,.0f (%,.0f) | %s | %s | %s | %s | %s | %s |\n"
                .formatted(
                    verdict.family().label(),
                    verdict.ours(),
                    verdict.bytes(),
                    verdict.allowed(),
                    line.stage().label(),
                    shown(line.ours()),
                    shown(line.kfac()),
                    shown(line.shampoo()),
                    line.closer() ? "ours" : "**not ours**",
                    line.closerStep() ? "ours" : "not ours"));
      }
    }
    final long won = result.verdicts().stream().filter(Verdict::closer).count();
    text.append(
        "\nOurs is closer to the Fisher at every stage in %d of %d families, %d required: %s. Its step is closer at every stage in %d."
            .formatted(
                won,
                result.families().size(),
                FidelityResult.REQUIRED,
                result.passed() ? "pass" : "**missed**",
                result.verdicts().stream().filter(Verdict::closerStep).count()));
    return text.toString();
  }

  private String family(final Family family) {
    final StringBuilder text = new StringBuilder();
    text.append("## %s\n\n".formatted(capital(family.label())));
    text.append(
        "%s, %,d parameters, %,d examples.\n\n![accuracy over cost](%s)\n\n"
            .formatted(
                family.spec(),
                result.first(family, Stage.INITIALISATION).parameters(),
                family.examples(),
                FidelityChart.file(family)));
    text.append("| | " + heading() + "\n|---|" + "---|".repeat(Stage.values().length) + "\n");
    text.append(points("loss, nats", family, Point::loss));
    text.append(
        points(
            "Gauss–Newton against Hessian: relative error",
            family,
            point -> point.gaussNewtonFromHessian().error()));
    text.append(
        points(
            "Fisher against Gauss–Newton: relative error", family, Point::fisherFromGaussNewton));
    text.append("\nAt the end, the mixed choice of K-FAC's memory takes (first seed): ");
    text.append(String.join("; ", result.first(family, Stage.END).plan()));
    text.append(".\n\n");
    for (final Estimator estimator : Estimator.values()) {
      text.append(table(family, estimator)).append("\n");
    }
    return text.toString();
  }

  private String points(
      final String name, final Family family, final ToDoubleFunction<Point> figure) {
    return "| "
        + name
        + " | "
        + Arrays.stream(Stage.values())
            .map(stage -> shown(result.median(family, stage, figure)))
            .collect(Collectors.joining(" | "))
        + " |\n";
  }

  private String table(final Family family, final Estimator estimator) {
    final StringBuilder text = new StringBuilder();
    text.append("**%s.** Each cell: %s.\n\n".formatted(estimator.label(), heading("/")));
    text.append(
        "| choice | bytes | ms | error, Fisher | scaled | cosine | step: error | cosine | error, Hessian | scaled |\n");
    text.append("|---|---|---|---|---|---|---|---|---|---|\n");
    for (final String choice : result.choices(family, estimator)) {
      final boolean bare = estimator == Estimator.EQ_10 || estimator == Estimator.EQ_11;
      text.append(
          "| %s | %,.0f | %s | %s | %s | %s | %s | %s | %s | %s |\n"
              .formatted(
                  choice,
                  result.median(family, null, estimator, choice, Measurement::bytes),
                  shown(1e3 * result.median(family, null, estimator, choice, Measurement::seconds)),
                  bare ? "–" : cell(family, estimator, choice, m -> m.fisher().error()),
                  cell(family, estimator, choice, m -> m.fisher().scaledError()),
                  cell(family, estimator, choice, m -> m.fisher().cosine()),
                  cell(family, estimator, choice, m -> m.step().error()),
                  cell(family, estimator, choice, m -> m.step().cosine()),
                  bare ? "–" : cell(family, estimator, choice, m -> m.hessian().error()),
                  cell(family, estimator, choice, m -> m.hessian().scaledError())));
    }
    return text.toString();
  }

  private String cell(
      final Family family,
      final Estimator estimator,
      final String choice,
      final ToDoubleFunction<Measurement> figure) {
    return Arrays.stream(Stage.values())
        .map(stage -> shown(result.median(family, stage, estimator, choice, figure)))
        .collect(Collectors.joining(" / "));
  }

  private static String heading() {
    return heading("|") + " |";
  }

  private static String heading(final String between) {
    return Arrays.stream(Stage.values())
        .map(Stage::label)
        .collect(Collectors.joining(" " + between + " "));
  }

  private static String shown(final Verdict.Figures figures) {
    return List.of(figures.error(), figures.scaledError(), figures.step()).stream()
        .map(FidelityReport::shown)
        .collect(Collectors.joining(", "));
  }

  private static String shown(final double value) {
    final double size = Math.abs(value);
    return String.format(
        Locale.ROOT,
        size > 0 && (size < 1e-3 || size >= 1e3) ? "%.1e" : size < 10 ? "%.3f" : "%.1f",
        value);
  }

  private static String lower(final Enum<?> name) {
    return name.name().toLowerCase(Locale.ROOT);
  }

  private static String capital(final String text) {
    return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
  }
}
