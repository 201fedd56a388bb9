/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs;

import io.evergrad.jobs.config.JobConfiguration;
import io.evergrad.jobs.config.TrainingArguments;
import io.evergrad.operators.pipeline.TrainingPipeline;
import io.evergrad.operators.pipeline.TrainingSettings;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import picocli.CommandLine;

/** The program that {@code flink run} and an application cluster start. */
public final class TrainingJob {

  private TrainingJob() {}

  /**
   * Trains until the job ends.
   *
   * @param args {@code --config FILE} and {@code -D key=value}
   * @throws CommandLine.ParameterException if an argument is unknown
   * @throws Exception if the configuration is refused or the job fails
   */
  public static void main(final String[] args) throws Exception {
    run(CommandLine.populateCommand(new TrainingArguments(), args).configuration());
  }

  /** Trains until the job ends: in this JVM, unless a cluster has set Flink's context. */
  public static void run(final JobConfiguration job) throws Exception {
    final StreamExecutionEnvironment environment = TrainingEnvironment.of(job);
    final TrainingSettings settings = job.training();
    new TrainingPipeline(settings).addTo(environment);
    environment.execute("evergrad " + settings.model());
  }
}
