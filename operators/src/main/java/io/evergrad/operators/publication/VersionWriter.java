/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.publication;

import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.operators.consolidation.Round;
import io.evergrad.store.ModelStore;
import io.evergrad.store.PublicationKey;
import io.evergrad.store.StagedVersion;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stages versions. Each has a key that no other version of the job has: the checkpoint counted from
 * the restored one, which is never beyond the checkpoint that the version really belongs to, and
 * its place among the versions of that checkpoint.
 */
final class VersionWriter implements CommittingSinkWriter<Round, StagedVersion> {
  private static final Logger LOG = LoggerFactory.getLogger(VersionWriter.class);

  /** Longer than any job waits between staging a version and restoring the checkpoint of it. */
  private static final Duration ABANDONED_AFTER = Duration.ofDays(1);

  private final ModelStore store;
  private final LearnerSettings settings;
  private final String job;
  private final List<StagedVersion> staged = new ArrayList<>();
  private long checkpoint;

  private VersionWriter(
      final ModelStore store,
      final LearnerSettings settings,
      final String job,
      final long checkpoint) {
    this.store = store;
    this.settings = settings;
    this.job = job;
    this.checkpoint = checkpoint;
  }

  /**
   * A writer; removes what failed attempts left staged.
   *
   * @param restored the checkpoint that the job goes on from; 0: none
   */
  static VersionWriter open(
      final ModelStore store,
      final String model,
      final LearnerSettings settings,
      final String job,
      final long restored)
      throws IOException {
    for (final StagedVersion left : store.staged(model)) {
      if (left.key().job().equals(job) && left.key().checkpoint() > restored) {
        store.abort(left);
      }
    }
    final int removed = store.removeAbandoned(model, job, Instant.now().minus(ABANDONED_AFTER));
    if (removed > 0) {
      LOG.info("Removed {} staged versions of model {} that other jobs left", removed, model);
    }
    return new VersionWriter(store, settings, job, restored + 1);
  }

  @Override
  public void write(final Round round, final Context context) throws IOException {
    final PublicationKey key = new PublicationKey(job, checkpoint, staged.size());
    staged.add(store.stage(VersionContents.content(round, settings, key, Instant.now())));
  }

  @Override
  public void flush(final boolean endOfInput) {
    // Every version is on disk when write returns.
  }

  @Override
  public Collection<StagedVersion> prepareCommit() {
    final List<StagedVersion> prepared = List.copyOf(staged);
    staged.clear();
    checkpoint++;
    return prepared;
  }

  @Override
  public void close() throws IOException {
    for (final StagedVersion left : staged) {
      store.abort(left);
    }
    staged.clear();
  }
}
