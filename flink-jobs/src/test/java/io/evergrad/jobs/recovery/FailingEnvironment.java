/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.recovery;

import io.evergrad.jobs.TrainingJob;
import io.evergrad.jobs.config.JobConfiguration;
import io.evergrad.operators.wire.RawRecord;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.streaming.api.datastream.DataStreamSource;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** A local environment whose sources fail as planned; jobs in it are none the wiser. */
@SuppressWarnings("try") // Flink's environments may be interrupted while they close.
final class FailingEnvironment extends StreamExecutionEnvironment {
  private final FailingSource.Plan plan;

  private FailingEnvironment(final Configuration configuration, final FailingSource.Plan plan) {
    super(configuration);
    this.plan = plan;
  }

  /** Trains to the end, as the command line does, but with failures. */
  static void run(final JobConfiguration job, final FailingSource.Plan plan) throws Exception {
    initializeContextEnvironment(
        configuration -> {
          final Configuration local = new Configuration(configuration);
          local.set(DeploymentOptions.TARGET, "local");
          local.set(DeploymentOptions.ATTACHED, true);
          return new FailingEnvironment(local, plan);
        });
    try {
      TrainingJob.run(job);
    } finally {
      resetContextEnvironment();
    }
  }

  @Override
  @SuppressWarnings("unchecked")
  public <T> DataStreamSource<T> fromSource(
      final Source<T, ?, ?> source,
      final WatermarkStrategy<T> watermarks,
      final String name,
      final TypeInformation<T> type) {
    final Source<RawRecord, ?, ?> records = (Source<RawRecord, ?, ?>) source;
    return super.fromSource(
        (Source<T, ?, ?>) new FailingSource<>(records, plan),
        watermarks,
        name,
        ((ResultTypeQueryable<T>) source).getProducedType());
  }
}
