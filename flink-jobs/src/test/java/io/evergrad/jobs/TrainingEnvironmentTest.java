/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.evergrad.jobs.config.JobConfiguration;
import io.evergrad.jobs.config.TrainingArguments;
import java.time.Duration;
import java.util.Map;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class TrainingEnvironmentTest {

  @Test
  void checkpointsAreExactlyOnceAndOutliveTheJob() {
    final StreamExecutionEnvironment environment =
        TrainingEnvironment.of(JobConfiguration.of(Map.of()));

    assertThat(environment.getCheckpointConfig().isCheckpointingEnabled()).isTrue();
    assertThat(environment.getCheckpointConfig().getCheckpointingConsistencyMode())
        .isEqualTo(CheckpointingMode.EXACTLY_ONCE);
    assertThat(environment.getCheckpointConfig().getExternalizedCheckpointRetention())
        .isEqualTo(ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    assertThat(environment.getConfig().isObjectReuseEnabled()).isTrue();
    assertThat(environment.getConfig().isUseSnapshotCompression()).isTrue();
  }

  @Test
  void genericTypesStayRefusedWhateverIsConfigured() {
    final StreamExecutionEnvironment environment =
        TrainingEnvironment.of(
            JobConfiguration.of(
                Map.of(
                    "pipeline.generic-types", "true",
                    "execution.checkpointing.mode", "AT_LEAST_ONCE")));

    assertThat(environment.getConfig().getSerializerConfig().hasGenericTypesDisabled()).isTrue();
    assertThat(environment.getCheckpointConfig().getCheckpointingConsistencyMode())
        .isEqualTo(CheckpointingMode.EXACTLY_ONCE);
  }

  @Test
  void argumentsOverrideTheDefaults() {
    final TrainingArguments arguments =
        CommandLine.populateCommand(
            new TrainingArguments(),
            "-D",
            "execution.checkpointing.interval=250 ms",
            "-Devergrad.model.name=digits");
    final StreamExecutionEnvironment environment =
        TrainingEnvironment.of(arguments.configuration());

    assertThat(environment.getCheckpointConfig().getCheckpointInterval())
        .isEqualTo(Duration.ofMillis(250).toMillis());
  }
}
