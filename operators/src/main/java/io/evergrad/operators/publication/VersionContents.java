/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.publication;

import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.learning.LearnerSnapshot;
import io.evergrad.operators.consolidation.Round;
import io.evergrad.operators.learner.ModelUpdate;
import io.evergrad.store.Manifest;
import io.evergrad.store.ModelContent;
import io.evergrad.store.ModelVersion;
import io.evergrad.store.PublicationKey;
import io.evergrad.store.TrainingProgress;
import io.evergrad.store.tensor.StoredTensor;
import java.time.Instant;
import java.util.SortedMap;
import java.util.TreeMap;

/** A learner's state as a version's content, and back, bit for bit. */
public final class VersionContents {
  private VersionContents() {}

  /** The version of a round. */
  static ModelContent content(
      final Round round,
      final LearnerSettings settings,
      final PublicationKey key,
      final Instant createdAt) {
    final ModelUpdate update = round.update();
    final LearnerSnapshot snapshot = update.snapshot();
    final SortedMap<String, StoredTensor> weights = StoredTensors.stored(snapshot.model());
    final Manifest manifest =
        new Manifest(
            update.model(),
            settings.network().toString(),
            ModelContent.shapesOf(weights),
            symmetry(settings),
            key,
            update.offsets(),
            settings.seed(),
            configuration(round, settings),
            new TrainingProgress(
                snapshot.steps(), snapshot.examples(), snapshot.tasks(), snapshot.taskExamples()),
            createdAt);
    return new ModelContent(
        manifest,
        weights,
        StoredTensors.stored(snapshot.preconditioner()),
        StoredTensors.stored(snapshot.precision()));
  }

  /**
   * The learner's state in a version.
   *
   * @throws IllegalArgumentException if the version is of another network
   */
  public static LearnerSnapshot snapshot(
      final ModelVersion version, final LearnerSettings settings) {
    final ModelContent content = version.content();
    final Manifest manifest = content.manifest();
    final String network = settings.network().toString();
    if (!manifest.network().equals(network)) {
      throw new IllegalArgumentException(
          "version "
              + version.number()
              + " of model "
              + manifest.model()
              + " is of network "
              + manifest.network()
              + ": expected "
              + network
              + "; configure the version's network, or start from another version");
    }
    final TrainingProgress progress = manifest.progress();
    return new LearnerSnapshot(
        progress.steps(),
        progress.examples(),
        progress.tasks(),
        progress.taskExamples(),
        StoredTensors.host(content.weights()),
        StoredTensors.host(content.preconditioner()),
        StoredTensors.host(content.precision()));
  }

  /** The network's own symmetry, and which part of it rule and protection average over. */
  private static SortedMap<String, String> symmetry(final LearnerSettings settings) {
    final SortedMap<String, String> symmetry =
        settings.network().network().symmetry().declaration();
    symmetry.put("scheme.rule", settings.ruleScheme().name());
    symmetry.put("scheme.protection", settings.protectionScheme().name());
    return symmetry;
  }

  private static SortedMap<String, String> configuration(
      final Round round, final LearnerSettings settings) {
    final SortedMap<String, String> configuration = new TreeMap<>();
    configuration.put("round", Long.toString(round.number()));
    configuration.put("task", round.update().task());
    configuration.put("rule", settings.rule().name());
    configuration.put("protection", settings.protection().name());
    configuration.put("batch-size", Integer.toString(settings.batchSize()));
    configuration.put("learning-rate", Double.toString(settings.learningRate()));
    configuration.put("momentum", Double.toString(settings.momentum()));
    configuration.put("weight-decay", Double.toString(settings.weightDecay()));
    configuration.put("decay", Double.toString(settings.decay()));
    configuration.put("damping", Double.toString(settings.damping()));
    configuration.put("update-interval", Integer.toString(settings.updateInterval()));
    configuration.put("strength", Double.toString(settings.strength()));
    configuration.put("memory", Double.toString(settings.memory()));
    configuration.put("retention", Double.toString(settings.retention()));
    configuration.put("fisher-interval", Integer.toString(settings.fisherInterval()));
    configuration.put("replay-size", Integer.toString(settings.replaySize()));
    configuration.put("block-limit", Integer.toString(settings.blockLimit()));
    return configuration;
  }
}
