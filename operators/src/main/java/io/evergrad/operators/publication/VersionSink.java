/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.publication;

import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.operators.consolidation.Round;
import io.evergrad.store.LocalModelStore;
import io.evergrad.store.StagedVersion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * Publishes a model's rounds as versions in a model store, in two phases: the writer stages them,
 * and they appear once the checkpoint that they belong to is complete. Runs at parallelism 1.
 */
public final class VersionSink implements Sink<Round>, SupportsCommitter<StagedVersion> {
  private static final long serialVersionUID = 1L;

  private final String root;
  private final String model;
  private final LearnerSettings settings;

  /**
   * A sink.
   *
   * @param root directory of the store, on a file system that all TaskManagers share
   * @param model the model's name
   * @param settings what the rounds were learned with, for the manifest
   */
  public VersionSink(final String root, final String model, final LearnerSettings settings) {
    this.root = Objects.requireNonNull(root, "root");
    this.model = Objects.requireNonNull(model, "model");
    this.settings = Objects.requireNonNull(settings, "settings");
  }

  @Override
  public SinkWriter<Round> createWriter(final WriterInitContext context) throws IOException {
    return VersionWriter.open(
        new LocalModelStore(Path.of(root)),
        model,
        settings,
        context.getJobInfo().getJobId().toHexString(),
        context.getRestoredCheckpointId().orElse(0));
  }

  @Override
  public Committer<StagedVersion> createCommitter(final CommitterInitContext context) {
    return new VersionCommitter(new LocalModelStore(Path.of(root)));
  }

  @Override
  public SimpleVersionedSerializer<StagedVersion> getCommittableSerializer() {
    return new StagedVersionFormat();
  }
}
