/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.recovery;

import io.evergrad.jobs.config.EvergradOptions;
import io.evergrad.jobs.data.BundledFashionMnist;
import io.evergrad.jobs.data.IdxDataset;
import io.evergrad.jobs.demo.Demo;
import io.evergrad.jobs.report.ProgressLine;
import io.evergrad.jobs.stream.Scenario;
import io.evergrad.jobs.stream.TaskStream;
import java.nio.file.Path;
import java.util.Map;
import org.apache.flink.configuration.CheckpointingOptions;

/** The demo with a small network and many publications, in a JVM of its own. */
final class PublishingDemo {
  static final String MODEL = "demo";
  static final int TASKS = 2;
  private static final int HELD_OUT = 200;

  private PublishingDemo() {}

  /** Runs to the end. Arguments: the store's directory, and the examples to learn of each task. */
  public static void main(final String[] args) throws Exception {
    final IdxDataset all = BundledFashionMnist.load();
    final TaskStream stream =
        new TaskStream(
            new IdxDataset(all.train(), all.heldOut().slice(0, HELD_OUT)),
            Scenario.PERMUTED,
            TASKS,
            Integer.parseInt(args[1]),
            1);
    try (ProgressLine line = new ProgressLine(stream.examples())) {
      new Demo(stream, often(), Demo.Feed.ALONGSIDE, Path.of(args[0])).run(line);
    }
    System.exit(0);
  }

  private static Map<String, String> often() {
    return Map.of(
        EvergradOptions.HIDDEN.key(), "32",
        EvergradOptions.BLOCK_LIMIT.key(), "128",
        EvergradOptions.PUBLISH_INTERVAL.key(), "2",
        CheckpointingOptions.CHECKPOINTING_INTERVAL.key(), "50 ms");
  }
}
