/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.cluster;

import io.evergrad.jobs.embedded.EmbeddedKafka;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;

/** A Kafka broker as a process of its own, which ends when its standard input does. */
final class BrokerProcess {
  /** Printed before the address, once the broker answers. */
  static final String READY = "Kafka is at ";

  private BrokerProcess() {}

  /** How to start it, storing all it has in a directory. */
  static JavaCommand command(final Path directory) {
    return new JavaCommand(
        List.of(
            "-Xmx512m", "-XX:+UseSerialGC", "-Dlog4j2.configurationFile=log4j2-test.properties"),
        System.getProperty("java.class.path"),
        BrokerProcess.class.getName(),
        List.of(directory.toString()));
  }

  /**
   * Runs until standard input ends.
   *
   * @param args the broker's directory
   */
  public static void main(final String[] args) throws Exception {
    try (EmbeddedKafka kafka = EmbeddedKafka.start(Path.of(args[0]))) {
      System.out.println(READY + kafka.bootstrapServers());
      System.in.transferTo(OutputStream.nullOutputStream());
    }
  }
}
