/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs;

import io.evergrad.jobs.config.JobConfiguration;
import java.time.Duration;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The Flink environment that a training job needs, the same in one JVM and on a cluster: no generic
 * serialisation, exactly-once checkpoints that are compressed and outlive the job, restarts that
 * back off.
 */
final class TrainingEnvironment {
  private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(10);

  private TrainingEnvironment() {}

  /**
   * Prepares the environment of the calling program: an embedded cluster, unless a client or an
   * application cluster has set the context.
   *
   * @param job its Flink part overrides the cluster's configuration, which overrides the defaults
   */
  static StreamExecutionEnvironment of(final JobConfiguration job) {
    final StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(job.flink());
    final Configuration settings = defaults();
    settings.addAll(Configuration.fromMap(environment.getConfiguration().toMap()));
    settings.addAll(job.flink());
    settings.set(PipelineOptions.GENERIC_TYPES, false);
    settings.set(
        CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE, CheckpointingMode.EXACTLY_ONCE);
    environment.configure(settings);
    return environment;
  }

  private static Configuration defaults() {
    final Configuration defaults = new Configuration();
    defaults.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, CHECKPOINT_INTERVAL);
    defaults.set(
        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    defaults.set(RestartStrategyOptions.RESTART_STRATEGY, "exponential-delay");
    defaults.set(PipelineOptions.OBJECT_REUSE, true);
    // Flink reads operator state that is not compressed from its file byte by byte.
    defaults.set(ExecutionOptions.SNAPSHOT_COMPRESSION, true);
    return defaults;
  }
}
