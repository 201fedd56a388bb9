/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.throughput;

import io.evergrad.jobs.demo.Demo;
import io.evergrad.jobs.demo.WorkDirectory;
import io.evergrad.jobs.report.ProgressLine;
import io.evergrad.jobs.stream.TaskStream;
import java.util.Map;

/**
 * The whole job as {@code evergrad demo} runs it, with the broker, in this JVM.
 *
 * <p>Timed is from the end of the first task to the last progress record, by the learner's own
 * clock: every progress record says how fast learning was since the one before, and those times lie
 * end to end. The first task is not in, because broker and cluster have just started, and the JVM
 * compiles what starts them meanwhile: a job that runs for long is not like that. So everything
 * that the learner waits for is in: fetching from Kafka, decoding, steps, consolidation, handing
 * models and held-out examples on, checkpoints, a slow broker, and all that takes the same cores
 * from it, such as publishing versions and evaluating the tasks so far (but not after the last
 * task, when learning has ended). Counted are examples learned, not those held out, which go the
 * same way.
 *
 * @param learning options of the learner by their keys
 * @param feed when the stream is sent; the sender runs in this JVM too
 */
record Pipeline(Map<String, String> learning, Demo.Feed feed) {

  /** Learns a stream. */
  Timing run(final TaskStream stream) throws Exception {
    try (WorkDirectory work = new WorkDirectory();
        ProgressLine line = new ProgressLine(stream.examples())) {
      return Timing.afterFirstTask(
          new Demo(stream, learning, feed, work.resolve("store")).run(line).progress());
    }
  }
}
