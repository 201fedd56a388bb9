/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.publication;

import io.evergrad.store.ModelStore;
import io.evergrad.store.NoSuchStagedVersionException;
import io.evergrad.store.Publication;
import io.evergrad.store.StagedVersion;
import java.io.IOException;
import java.util.Collection;
import org.apache.flink.api.connector.sink2.Committer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes what the writer staged. Committing again does nothing. A staged version that somebody
 * removed is reported and given up; any other failure of the store fails the job, which then
 * commits again.
 */
final class VersionCommitter implements Committer<StagedVersion> {
  private static final Logger LOG = LoggerFactory.getLogger(VersionCommitter.class);

  private final ModelStore store;

  VersionCommitter(final ModelStore store) {
    this.store = store;
  }

  @Override
  public void commit(final Collection<CommitRequest<StagedVersion>> requests) throws IOException {
    for (final CommitRequest<StagedVersion> request : requests) {
      commit(request);
    }
  }

  private void commit(final CommitRequest<StagedVersion> request) throws IOException {
    final StagedVersion staged = request.getCommittable();
    try {
      final Publication publication = store.publish(staged);
      switch (publication.outcome()) {
        case PUBLISHED ->
            LOG.info("Published version {} of model {}", publication.number(), staged.model());
        case ALREADY_PUBLISHED -> request.signalAlreadyCommitted();
      }
    } catch (final NoSuchStagedVersionException e) {
      request.signalFailedWithKnownReason(e);
    }
  }

  @Override
  public void close() {
    // The store holds nothing open.
  }
}
