/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import io.evergrad.benchmarks.measure.CodeVersion;
import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.jobs.data.IdxDataset;
import io.evergrad.jobs.report.ProgressLine;
import io.evergrad.jobs.stream.TaskStream;
import io.evergrad.operators.decode.RecordDecoder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Runs methods on one data set, or recalls what came of them: each outcome is logged as soon as it
 * is there. Tells on stderr what runs and how long the rest may take. Not thread-safe.
 */
public final class ExperimentRunner implements AutoCloseable {
  /** Where a change may change an outcome. */
  private static final List<String> CODE =
      List.of(
          "io.evergrad.curvature",
          "io.evergrad.operators",
          "io.evergrad.jobs",
          "io.evergrad.benchmarks.experiment");

  private final Map<Split, Data> splits = new EnumMap<>(Split.class);
  private final StreamDefinition stream;
  private final Through through;
  private final OutcomeLog log;
  private final String code;
  private final PrintWriter err;
  private final Countdown countdown = new Countdown();

  private record Data(IdxDataset images, String digest) {}

  private ExperimentRunner(
      final IdxDataset data,
      final StreamDefinition stream,
      final Through through,
      final OutcomeLog log,
      final String code,
      final PrintWriter err) {
    for (final Split split : Split.values()) {
      final IdxDataset images = split.of(data);
      splits.put(split, new Data(images, DataDigest.of(images)));
    }
    this.stream = stream;
    this.through = through;
    this.log = log;
    this.code = code;
    this.err = err;
  }

  /**
   * A runner.
   *
   * @param data the whole data set
   * @param stream which tasks it is made into
   * @param through what carries experiments out
   * @param log file of outcomes, new or begun
   * @param err where to tell how it goes
   * @throws IOException if the log cannot be read or is in use
   */
  public static ExperimentRunner open(
      final IdxDataset data,
      final StreamDefinition stream,
      final Through through,
      final Path log,
      final PrintWriter err)
      throws IOException {
    final String code =
        CodeVersion.of(
            List.of(LearnerSettings.class, RecordDecoder.class, TaskStream.class, Experiment.class),
            CODE);
    return new ExperimentRunner(data, stream, through, OutcomeLog.open(log), code, err);
  }

  /** The digest of the code that outcomes depend on. */
  public String code() {
    return code;
  }

  /** The digest of the data of a split. */
  public String data(final Split split) {
    return splits.get(split).digest();
  }

  /** Counts runs that will be asked for into the time left. */
  public void plan(final Method method, final int runs) {
    countdown.plan(method.name(), runs);
  }

  /**
   * Runs a method, or recalls the outcome of the same experiment.
   *
   * @throws Exception if it cannot be carried out; diverging is an outcome
   */
  public Outcome run(final Method method, final long seed, final Split split) throws Exception {
    final Data data = splits.get(split);
    final Experiment experiment =
        new Experiment(method, seed, split, data.digest(), stream, through, code);
    final Optional<Outcome> known = log.find(experiment);
    tell(experiment, known.isPresent());
    final Outcome outcome = known.isPresent() ? known.get() : train(experiment, data.images());
    if (known.isEmpty()) {
      log.add(experiment, outcome);
    }
    countdown.finished(method.name(), outcome.seconds());
    err.printf(
        Locale.ROOT,
        "  average accuracy %.4f, forgetting %.4f, %.0f s%n",
        outcome.averageAccuracy(),
        outcome.forgetting(),
        outcome.seconds());
    err.flush();
    return outcome;
  }

  private Outcome train(final Experiment experiment, final IdxDataset images) throws Exception {
    final TaskStream tasks =
        new TaskStream(
            images, stream.scenario(), stream.tasks(), stream.examplesPerTask(), experiment.seed());
    final long start = System.nanoTime();
    try (ProgressLine line = new ProgressLine(tasks.examples())) {
      return Outcome.of(
          through.trainer().train(experiment.method(), experiment.seed(), tasks, line),
          (System.nanoTime() - start) / 1e9);
    } catch (final DivergedException e) {
      err.println("diverged: " + e.getMessage());
      return Outcome.diverged((System.nanoTime() - start) / 1e9);
    }
  }

  private void tell(final Experiment experiment, final boolean known) {
    final OptionalDouble left = countdown.secondsLeft();
    err.printf(
        Locale.ROOT,
        "[%d of %d%s] %s, %s, seed %d, %s%s%n",
        countdown.done() + 1,
        Math.max(countdown.planned(), countdown.done() + 1),
        left.isPresent() ? ", about " + minutes(left.getAsDouble()) + " left" : "",
        experiment.method().name(),
        experiment.method().settings(),
        experiment.seed(),
        experiment.split().name().toLowerCase(Locale.ROOT),
        known ? ": known from an earlier run" : "");
    err.flush();
  }

  private static String minutes(final double seconds) {
    final long whole = Math.round(seconds);
    return "%d:%02d".formatted(whole / 60, whole % 60);
  }

  @Override
  public void close() throws IOException {
    log.close();
  }
}
