/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.peers;

import io.evergrad.benchmarks.experiment.Split;
import io.evergrad.benchmarks.measure.CodeVersion;
import io.evergrad.benchmarks.measure.Digests;
import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.jobs.data.IdxDataset;
import io.evergrad.jobs.stream.Scenario;
import io.evergrad.jobs.stream.TaskStream;
import io.evergrad.operators.decode.RecordDecoder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Carries trials out on either side, or recalls what came of them. Not thread-safe. */
final class TrialRunner implements AutoCloseable {
  private static final List<String> CODE =
      List.of("io.evergrad.curvature", "io.evergrad.operators", "io.evergrad.jobs");
  private static final long STREAM_SEED = 1;

  private final IdxDataset data;
  private final OurTrials ours;
  private final PeerTrials peers;
  private final TrialLog log;
  private final PrintWriter err;
  private FilledTopic topic;

  private TrialRunner(
      final IdxDataset data, final PeerTrials peers, final TrialLog log, final PrintWriter err) {
    this.data = data;
    ours = new OurTrials(data);
    this.peers = peers;
    this.log = log;
    this.err = err;
  }

  /**
   * A runner.
   *
   * @param directory of the four IDX files
   * @param scripts the peers'
   * @param log file of figures, new or begun
   * @param err where to tell how it goes
   * @throws IOException if the data, the scripts or the log cannot be read, or the peers'
   *     environment is missing
   */
  static TrialRunner open(
      final Path directory, final PeerScripts scripts, final Path log, final PrintWriter err)
      throws IOException {
    scripts.require();
    final IdxDataset data = IdxDataset.read(directory);
    return new TrialRunner(
        data,
        new PeerTrials(scripts, directory, err),
        TrialLog.open(log, version(directory, scripts)),
        err);
  }

  /** Tells whether the code of either side or the data have changed. */
  private static String version(final Path data, final PeerScripts scripts) throws IOException {
    final MessageDigest digest = Digests.sha256();
    digest.update(
        CodeVersion.of(List.of(LearnerSettings.class, RecordDecoder.class, TaskStream.class), CODE)
            .getBytes(StandardCharsets.UTF_8));
    update(digest, scripts.directory(), name -> name.endsWith(".py") || name.endsWith(".txt"));
    update(digest, data, name -> name.endsWith(".gz"));
    return Digests.brief(digest);
  }

  private static void update(
      final MessageDigest digest, final Path directory, final Predicate<String> chosen)
      throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (final Path file :
          files.filter(path -> chosen.test(path.getFileName().toString())).sorted().toList()) {
        digest.update(Files.readAllBytes(file));
      }
    }
  }

  /**
   * The figures of a trial.
   *
   * @throws Exception if it cannot be carried out
   */
  Figures run(final Trial trial) throws Exception {
    final Optional<Figures> known = log.find(trial);
    final Figures figures = known.isPresent() ? known.get() : carryOut(trial);
    if (known.isEmpty()) {
      log.add(trial, figures);
    }
    err.printf(
        Locale.ROOT,
        "%s, %s, seed %d, %s, strength %s, %d threads: accuracy %.4f, %,.0f examples/s%s%n",
        trial.matchup().label(),
        trial.side().name().toLowerCase(Locale.ROOT),
        trial.seed(),
        trial.split().name().toLowerCase(Locale.ROOT),
        trial.strength(),
        trial.threads(),
        figures.accuracy(),
        figures.examplesPerSecond(),
        known.isPresent() ? " (known from an earlier run)" : "");
    err.flush();
    return figures;
  }

  private Figures carryOut(final Trial trial) throws Exception {
    if (trial.matchup().part() == Part.KAFKA) {
      final FilledTopic filled = topic(trial);
      return trial.side() == Side.OURS
          ? filled.learn(trial)
          : peers.run(trial, filled.bootstrapServers(), filled.topic());
    }
    if (trial.side() == Side.OURS) {
      return ours.run(trial);
    }
    return trial.matchup().part() == Part.ONE_TASK ? fromOurStart(trial) : peers.run(trial);
  }

  private Figures fromOurStart(final Trial trial) throws IOException, InterruptedException {
    final TaskStream stream = trial.stream(data);
    final Path start = Files.createTempFile("evergrad-start-", ".bin");
    try {
      Start.write(
          start,
          trial.matchup().ours(trial.strength()).configuration(trial.seed(), stream).learner(),
          stream);
      return peers.run(trial, start);
    } finally {
      Files.delete(start);
    }
  }

  private FilledTopic topic(final Trial trial) throws IOException, InterruptedException {
    if (topic == null) {
      err.println("filling the topic");
      err.flush();
      topic =
          FilledTopic.of(
              new TaskStream(
                  Split.TEST.of(data),
                  Scenario.PERMUTED,
                  trial.tasks(),
                  trial.examplesPerTask(),
                  STREAM_SEED));
    }
    return topic;
  }

  @Override
  public void close() throws IOException {
    if (topic != null) {
      topic.close();
    }
    log.close();
  }
}
