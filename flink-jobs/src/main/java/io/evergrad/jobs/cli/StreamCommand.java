/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.evergrad.jobs.stream.StreamSender;
import io.evergrad.jobs.stream.StreamSender.Sent;
import io.evergrad.jobs.stream.TaskStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code evergrad stream}: sends a stream of tasks into a Kafka topic. */
@Command(
    name = "stream",
    mixinStandardHelpOptions = true,
    description = "Sends a stream of tasks, made from images or texts, into a Kafka topic.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:all records sent", "1:failed; the reason is on stderr", "2:wrong arguments"})
final class StreamCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private StreamOptions options;

  @Option(
      names = "--bootstrap-servers",
      paramLabel = "HOST:PORT",
      defaultValue = "localhost:9092",
      description = "Where Kafka is (default: ${DEFAULT-VALUE}).")
  private String bootstrapServers;

  @Option(
      names = "--topic",
      defaultValue = "examples",
      description = "Made with --partitions if it is missing (default: ${DEFAULT-VALUE}).")
  private String topic;

  @Option(
      names = "--partitions",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Partitions to send to, one for each learner; ends of tasks go to all (default: ${DEFAULT-VALUE}).")
  private int partitions;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Most records a second (default: as fast as Kafka takes them).")
  private Double rate;

  @Option(names = "--json", description = "Print the result as JSON.")
  private boolean json;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (rate != null && !(rate > 0)) {
      throw new ParameterException(
          spec.commandLine(), "--rate " + rate + ": expected a number above 0");
    }
    if (partitions < 1) {
      throw new ParameterException(
          spec.commandLine(), "--partitions " + partitions + ": expected at least 1");
    }
    final TaskStream stream = options.stream();
    final PrintWriter err = spec.commandLine().getErr();
    final String[] task = {""};
    final Sent sent =
        new StreamSender(bootstrapServers, topic, partitions)
            .send(
                stream,
                rate == null ? StreamSender.UNLIMITED : rate,
                progress -> {
                  if (!task[0].equals(progress.task())) {
                    task[0] = progress.task();
                    err.printf("sending task %s of %d%n", progress.task(), stream.tasks().size());
                    err.flush();
                  }
                });
    final PrintWriter out = spec.commandLine().getOut();
    if (json) {
      final JsonMapper mapper = JsonMapper.builder().build();
      out.println(
          mapper
              .createObjectNode()
              .put("topic", topic)
              .put("scenario", options.kind())
              .put("seed", options.seed())
              .put("tasks", sent.taskEnds())
              .put("examples", sent.examples())
              .put("held_out", sent.heldOut())
              .put("records", sent.records()));
    } else {
      out.printf(
          "sent %d examples and %d held-out examples of %d tasks to topic %s%n",
          sent.examples(), sent.heldOut(), sent.taskEnds(), topic);
    }
    out.flush();
    return Evergrad.DONE;
  }
}
