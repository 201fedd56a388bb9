/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import io.evergrad.benchmarks.measure.CodeVersion;
import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.jobs.stream.TaskStream;
import io.evergrad.operators.decode.RecordDecoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A material and what is known of experiments on it: recalls outcomes and carries nothing out.
 * Thread-safe.
 */
public final class Archive implements Laboratory, AutoCloseable {
  /** Where a change may change an outcome. */
  private static final List<String> CODE =
      List.of(
          "io.evergrad.curvature",
          "io.evergrad.operators",
          "io.evergrad.jobs",
          "io.evergrad.benchmarks.experiment");

  private final Material material;
  private final Map<Shape, Size> sizes = new ConcurrentHashMap<>();
  private final OutcomeLog log;
  private final String code;
  private final Trust trust;

  private record Shape(Split split, StreamDefinition stream) {}

  private record Size(long examples, long heldOut) {}

  private Archive(
      final Material material, final OutcomeLog log, final String code, final Trust trust) {
    this.material = Objects.requireNonNull(material, "material");
    this.log = log;
    this.code = code;
    this.trust = trust;
  }

  /**
   * An archive.
   *
   * @param material what its streams are made of
   * @param log file of outcomes, new or begun
   * @param trust which outcomes of other states of the code will do
   * @throws IOException if the log cannot be read or is in use
   */
  public static Archive open(final Material material, final Path log, final Trust trust)
      throws IOException {
    Objects.requireNonNull(trust, "trust");
    final String code =
        CodeVersion.of(
            List.of(LearnerSettings.class, RecordDecoder.class, TaskStream.class, Experiment.class),
            CODE);
    return new Archive(material, OutcomeLog.open(log), code, trust);
  }

  /** The digest of the code that outcomes depend on, as it is now. */
  public String code() {
    return code;
  }

  /** The digest of what a stream is made of. */
  public String data(final Split split, final StreamDefinition stream) {
    return material.digest(split, stream);
  }

  /** The outcome of an experiment, if it is known. */
  public Optional<Logged> find(final Experiment experiment) {
    return log.find(experiment, data(experiment.split(), experiment.stream()), code, trust);
  }

  /**
   * Recalls an outcome.
   *
   * @throws UnknownOutcomeException if there is none
   */
  @Override
  public Logged run(final String name, final Experiment experiment) throws UnknownOutcomeException {
    return find(experiment)
        .orElseThrow(() -> new UnknownOutcomeException(name + ": nothing is logged of it"));
  }

  /** Keeps an outcome. */
  Logged add(final Experiment experiment, final String machine, final Outcome outcome)
      throws IOException {
    final Logged logged =
        new Logged(
            experiment, data(experiment.split(), experiment.stream()), code, machine, outcome);
    log.add(logged);
    return logged;
  }

  /** The tasks of an experiment. */
  TaskStream stream(final Experiment experiment) {
    return material.stream(experiment.split(), experiment.stream(), experiment.seed());
  }

  /**
   * How long an experiment takes beside others, in examples learned.
   *
   * @throws IllegalArgumentException if the stream does not fit the data
   */
  double work(final Experiment experiment) {
    final Size size =
        sizes.computeIfAbsent(
            new Shape(experiment.split(), experiment.stream()),
            shape -> {
              final TaskStream stream = stream(experiment);
              return new Size(stream.examples(), stream.heldOutExamples());
            });
    return experiment.work(size.examples(), size.heldOut());
  }

  @Override
  public void close() throws IOException {
    log.close();
  }
}
