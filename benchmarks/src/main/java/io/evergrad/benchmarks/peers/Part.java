/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.peers;

/** What is compared. */
public enum Part {
  /** One pass over the data set: learning rules. */
  ONE_TASK("one_task.py"),
  /** Permuted tasks, one pass each: protections. */
  PERMUTED("permuted.py"),
  /** From a Kafka topic to a trained network: examples a second. */
  KAFKA("kafka_loop.py");

  private final String script;

  Part(final String script) {
    this.script = script;
  }

  /** The peer's program. */
  String script() {
    return script;
  }
}
