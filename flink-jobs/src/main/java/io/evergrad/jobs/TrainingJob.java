/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs;

import io.evergrad.jobs.config.JobConfiguration;
import io.evergrad.jobs.config.TrainingArguments;
import io.evergrad.operators.pipeline.TrainingPipeline;
import org.apache.flink.core.execution.JobClient;
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
    assemble(job).execute(name(job));
  }

  /** Starts the job without waiting for its end. */
  public static JobClient start(final JobConfiguration job) throws Exception {
    return assemble(job).executeAsync(name(job));
  }

  private static StreamExecutionEnvironment assemble(final JobConfiguration job) {
    final StreamExecutionEnvironment environment = TrainingEnvironment.of(job);
    new TrainingPipeline(job.training()).addTo(environment);
    return environment;
  }

  private static String name(final JobConfiguration job) {
    return "evergrad " + job.training().model();
  }
}
