/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.peers;

import io.evergrad.benchmarks.measure.Machine;
import io.evergrad.benchmarks.measure.Median;
import io.evergrad.benchmarks.peers.PeersResult.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A comparison as a table of all trials and as Markdown. */
public final class PeersReport {
  private static final String HEADER =
      "matchup,method,side,split,tasks,examples_per_task,seed,strength,threads,accuracy,accuracies,"
          + "forgetting,first_loss,examples_per_second";

  private final PeersResult result;
  private final String version;
  private final Machine machine;
  private final double load;

  /**
   * @param load on the machine when the command began, see {@link Machine#load()}
   */
  public PeersReport(
      final PeersResult result, final String version, final Machine machine, final double load) {
    this.result = Objects.requireNonNull(result, "result");
    this.version = Objects.requireNonNull(version, "version");
    this.machine = Objects.requireNonNull(machine, "machine");
    this.load = load;
  }

  /**
   * Writes {@code peers.md} and {@code results/peers.csv}.
   *
   * @param directory made if it is missing
   */
  public void write(final Path directory) throws IOException {
    Files.createDirectories(directory.resolve("results"));
    Files.writeString(directory.resolve("results").resolve("peers.csv"), csv());
    Files.writeString(directory.resolve("peers.md"), markdown());
  }

  /** A line for each trial, those of the tuning first. */
  public String csv() {
    return Stream.concat(
            Stream.of(HEADER),
            Stream.concat(result.tuning().stream(), result.runs().stream()).map(PeersReport::line))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  /** For people. */
  public String markdown() {
    final List<String> sections = new ArrayList<>();
    sections.add(
        """
        # Beside PyTorch and Avalanche

        Written by `evergrad-bench peers`; every trial is in [results/peers.csv](results/peers.csv), and
        [benchmarks/peers](../benchmarks/peers/README.md) says what runs. Both sides have the same network
        (MLP 784-256-256-10), batch size, learning rate, momentum and weight decay. They take turns.

        **Agreement**: the means over the seeds differ by at most
        two standard errors of that difference, plus %s of accuracy or %s nats of loss."""
            .formatted(Agreement.ACCURACY, Agreement.LOSS));
    section(Part.ONE_TASK, this::oneTask).ifPresent(sections::add);
    section(Part.PERMUTED, this::permuted).ifPresent(sections::add);
    section(Part.KAFKA, this::kafka).ifPresent(sections::add);
    sections.add(
        "Version %s, on %s; load when the command began %s. Trials of earlier calls are not repeated."
            .formatted(version, machine, shown(1, load)));
    return String.join("\n\n", sections) + "\n";
  }

  /** Whether both sides agree wherever they have to. */
  public boolean agrees() {
    return Stream.concat(Matchup.of(Part.ONE_TASK).stream(), Matchup.of(Part.PERMUTED).stream())
        .filter(matchup -> !result.of(matchup, Side.OURS).isEmpty())
        .allMatch(
            matchup ->
                agreement(matchup, Figures::accuracy, Agreement.ACCURACY).holds()
                    && (matchup.part() != Part.ONE_TASK
                        || agreement(matchup, Figures::firstLoss, Agreement.LOSS).holds()));
  }

  private Optional<String> section(final Part part, final Supplier<String> text) {
    return Matchup.of(part).stream().allMatch(m -> result.of(m, Side.OURS).isEmpty())
        ? Optional.empty()
        : Optional.of(text.get());
  }

  private String oneTask() {
    final StringBuilder text =
        new StringBuilder(
            """
            ## One task

            One pass, judged by the test images. A seed means the same initial parameters and the
            same micro-batches on both sides, so the standard error is that of paired differences. Examples/s are
            of the steps alone, after the first 20, on micro-batches in memory, one thread; medians.

            | method | accuracy, ours | PyTorch | difference (allowed) | agree | loss of the first 100 steps, ours | PyTorch | difference (allowed) | agree | examples/s, ours | PyTorch | ratio |
            |---|---|---|---|---|---|---|---|---|---|---|---|
            """);
    for (final Matchup matchup : Matchup.of(Part.ONE_TASK)) {
      text.append(
          "| %s | %s | %s | %s |\n"
              .formatted(
                  matchup.label(),
                  cells(agreement(matchup, Figures::accuracy, Agreement.ACCURACY)),
                  cells(agreement(matchup, Figures::firstLoss, Agreement.LOSS)),
                  speeds(matchup)));
    }
    return text.toString().stripTrailing();
  }

  private String permuted() {
    final StringBuilder text =
        new StringBuilder(
            """
            ## Permuted tasks

            Tasks in sequence, one pass each, Adam. Initial parameters, order and permutations follow the same
            laws on both sides, but each side draws its own. The forms of EWC and SI differ: ours is a proximal step
            with the exact diagonal of per-example gradients, or the path integral with its negative parts cut
            off, Avalanche's the gradient of a penalty with squared mean gradients of micro-batches, or an
            importance that is cut at 0.001. So each side has the strength that was best for it on the
            validation split, and agreement here says that the forms do equally well. Examples/s are over
            the whole run, evaluations included; one thread; medians.

            | method | strength, ours | Avalanche | accuracy, ours | Avalanche | difference (allowed) | agree | forgetting, ours | Avalanche | examples/s, ours | Avalanche | ratio |
            |---|---|---|---|---|---|---|---|---|---|---|---|
            """);
    for (final Matchup matchup : Matchup.of(Part.PERMUTED)) {
      text.append(
          "| %s | %s | %s | %s | %s | %s | %s |\n"
              .formatted(
                  matchup.label(),
                  strength(matchup, Side.OURS),
                  strength(matchup, Side.PEER),
                  cells(agreement(matchup, Figures::accuracy, Agreement.ACCURACY)),
                  shown(4, mean(matchup, Side.OURS, Figures::forgetting)),
                  shown(4, mean(matchup, Side.PEER, Figures::forgetting)),
                  speeds(matchup)));
    }
    text.append("\nAverage accuracy on the validation split, by strength:\n\n");
    for (final Matchup matchup : Matchup.of(Part.PERMUTED)) {
      for (final Side side : matchup.tuned() ? List.of(Side.values()) : List.<Side>of()) {
        text.append(
            "- %s, %s: %s\n"
                .formatted(
                    matchup.label(),
                    name(side),
                    result.triedOf(matchup, side).stream()
                        .map(
                            run ->
                                brief(run.trial().strength())
                                    + " gives "
                                    + shown(4, run.figures().accuracy()))
                        .collect(Collectors.joining(", "))));
      }
    }
    return text.toString().stripTrailing();
  }

  private String kafka() {
    final StringBuilder text =
        new StringBuilder(
            """
            ## From Kafka

            One topic, filled beforehand, of permuted tasks with their held-out examples, in a broker in the
            benchmark's JVM; AdamW. Ours is the whole job at parallelism 1, with checkpoints, versions and
            metrics; the peer is a plain Python loop with librdkafka and protobuf, which judges the held-out
            examples after each task as the job does. Neither counts its start, its first 20 steps or the
            evaluation after the last task.

            | who | examples/s, median | each run | ours, as a multiple |
            |---|---|---|---|
            """);
    final double ours = speed(result.of(Matchup.KAFKA, Side.OURS));
    text.append(kafkaRow("the job", result.of(Matchup.KAFKA, Side.OURS), ours));
    result.of(Matchup.KAFKA, Side.PEER).stream()
        .map(run -> run.trial().threads())
        .distinct()
        .sorted()
        .forEach(
            threads ->
                text.append(
                    kafkaRow(
                        "Python loop, threads of torch: " + threads,
                        result.of(Matchup.KAFKA, Side.PEER).stream()
                            .filter(run -> run.trial().threads() == threads)
                            .toList(),
                        ours)));
    return text.toString().stripTrailing();
  }

  private static String kafkaRow(final String who, final List<Run> runs, final double ours) {
    return "| %s | %s | %s | %s |\n"
        .formatted(
            who,
            shown(0, speed(runs)),
            runs.stream()
                .map(run -> shown(0, run.figures().examplesPerSecond()))
                .collect(Collectors.joining(", ")),
            shown(3, ours / speed(runs)));
  }

  private Agreement agreement(
      final Matchup matchup, final ToDoubleFunction<Figures> figure, final double tolerance) {
    final List<Double> ours = values(matchup, Side.OURS, figure);
    final List<Double> peers = values(matchup, Side.PEER, figure);
    return matchup.part() == Part.ONE_TASK
        ? Agreement.paired(ours, peers, tolerance)
        : Agreement.independent(ours, peers, tolerance);
  }

  private List<Double> values(
      final Matchup matchup, final Side side, final ToDoubleFunction<Figures> figure) {
    return result.of(matchup, side).stream()
        .map(run -> figure.applyAsDouble(run.figures()))
        .toList();
  }

  private double mean(
      final Matchup matchup, final Side side, final ToDoubleFunction<Figures> figure) {
    return values(matchup, side, figure).stream()
        .mapToDouble(Double::doubleValue)
        .average()
        .orElse(Double.NaN);
  }

  private static String cells(final Agreement agreement) {
    return "%s | %s | %s (%s) | %s"
        .formatted(
            shown(4, agreement.ours()),
            shown(4, agreement.peers()),
            shown(4, agreement.difference()),
            shown(4, agreement.allowed()),
            agreement.holds() ? "yes" : "**no**");
  }

  private String speeds(final Matchup matchup) {
    final double ours = speed(result.of(matchup, Side.OURS));
    final double peers = speed(result.of(matchup, Side.PEER));
    return "%s | %s | %s".formatted(shown(0, ours), shown(0, peers), shown(2, ours / peers));
  }

  private static double speed(final List<Run> runs) {
    return Median.of(runs.stream().mapToDouble(run -> run.figures().examplesPerSecond()).toArray());
  }

  private String strength(final Matchup matchup, final Side side) {
    return matchup.tuned() ? brief(result.of(matchup, side).get(0).trial().strength()) : "";
  }

  private static String line(final Run run) {
    final Trial trial = run.trial();
    final Figures figures = run.figures();
    return Stream.of(
            trial.matchup().name().toLowerCase(Locale.ROOT),
            trial.matchup().label(),
            trial.side().name().toLowerCase(Locale.ROOT),
            trial.split().name().toLowerCase(Locale.ROOT),
            trial.tasks(),
            trial.examplesPerTask(),
            trial.seed(),
            trial.strength(),
            trial.threads(),
            shown(6, figures.accuracy()),
            figures.accuracies().stream()
                .map(accuracy -> shown(6, accuracy))
                .collect(Collectors.joining(" ")),
            shown(6, figures.forgetting()),
            Double.isNaN(figures.firstLoss()) ? "" : shown(6, figures.firstLoss()),
            String.format(Locale.ROOT, "%.1f", figures.examplesPerSecond()))
        .map(String::valueOf)
        .collect(Collectors.joining(","));
  }

  private static String name(final Side side) {
    return side == Side.OURS ? "ours" : "Avalanche";
  }

  private static String brief(final double strength) {
    return String.format(Locale.ROOT, "%.0e", strength);
  }

  private static String shown(final int digits, final double value) {
    return String.format(Locale.ROOT, "%,." + digits + "f", value);
  }
}
