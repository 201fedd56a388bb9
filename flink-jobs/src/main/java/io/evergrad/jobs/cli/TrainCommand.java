/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.cli;

import io.evergrad.jobs.TrainingJob;
import io.evergrad.jobs.config.TrainingArguments;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code evergrad train}: the training job in this JVM, against a Kafka cluster that runs. */
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    description = "Trains from Kafka in this JVM; on a cluster, use flink run.")
final class TrainCommand implements Callable<Integer> {

  @Mixin private TrainingArguments arguments;

  @Override
  public Integer call() throws Exception {
    TrainingJob.run(arguments.configuration());
    return Evergrad.DONE;
  }
}
