/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.embedded;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * A real Kafka broker, with its KRaft controller, in this JVM, on 127.0.0.1. What it stored is
 * there again when one is started on the same directory. Closing it ends all its threads and frees
 * its ports; the directory stays. (Two daemon threads of Kafka's metrics library, {@code
 * metrics-meter-tick-thread-*}, belong to the JVM, not to a broker.) Thread-safe, but for {@link
 * #close}.
 */
public final class EmbeddedKafka implements AutoCloseable {
  /** Largest record, and largest request, in bytes. */
  public static final int LARGEST_RECORD = 16 * 1024 * 1024;

  /** Settings of the topic that merged models go through. */
  public static final Map<String, String> MERGED_MODELS =
      Map.of(
          "cleanup.policy", "compact",
          "max.message.bytes", Integer.toString(64 * 1024 * 1024),
          "segment.bytes", Integer.toString(128 * 1024 * 1024));

  private static final int NODE = 1;
  private static final String HOST = "127.0.0.1";

  private final KafkaRaftServer server;
  private final int port;

  private EmbeddedKafka(final KafkaRaftServer server, final int port) {
    this.server = server;
    this.port = port;
  }

  /**
   * Starts a broker on a free port.
   *
   * @param directory where it stores all it has; made if it is missing
   * @throws IOException if the directory cannot be written, or the broker does not start
   */
  public static EmbeddedKafka start(final Path directory) throws IOException {
    return start(directory, freePort());
  }

  /**
   * Starts a broker on a given port, for instance that of one stopped before.
   *
   * @param directory where it stores all it has; made if it is missing
   * @param port from 1 to 65535
   * @throws IOException if the directory cannot be written, or the broker does not start
   */
  public static EmbeddedKafka start(final Path directory, final int port) throws IOException {
    Objects.requireNonNull(directory, "directory");
    final Path logs = Files.createDirectories(directory.toAbsolutePath());
    try {
      requireFree(port);
      if (!Files.exists(logs.resolve("meta.properties"))) {
        format(logs);
      }
      return new EmbeddedKafka(started(properties(logs, port, freePort())), port);
    } catch (final Exception e) {
      throw new IOException(
          "Kafka did not start on " + HOST + ":" + port + " in " + logs + ": " + e.getMessage(), e);
    }
  }

  /** Where clients connect, as {@code host:port}. */
  public String bootstrapServers() {
    return HOST + ":" + port;
  }

  /** The port on 127.0.0.1. */
  public int port() {
    return port;
  }

  /**
   * Creates a topic; one that is there stays as it is.
   *
   * @param topic its name
   * @param partitions number of partitions, at least 1
   * @param configuration Kafka's settings of topics, by their names
   * @throws IOException if the broker refuses
   * @throws InterruptedException if interrupted while waiting for the broker
   */
  public void createTopic(
      final String topic, final int partitions, final Map<String, String> configuration)
      throws IOException, InterruptedException {
    final NewTopic created = new NewTopic(topic, partitions, (short) 1).configs(configuration);
    try (Admin admin =
        Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers()))) {
      admin.createTopics(List.of(created)).all().get();
    } catch (final ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw new IOException(
            "topic \"" + topic + "\" was not created: " + e.getCause().getMessage(), e.getCause());
      }
    }
  }

  /** Stops the broker and waits until it has stopped. Closing again does nothing. */
  @Override
  public void close() {
    server.shutdown();
    server.awaitShutdown();
  }

  private static KafkaRaftServer started(final Properties properties) {
    final KafkaRaftServer server =
        new KafkaRaftServer(KafkaConfig.fromProps(properties), Time.SYSTEM);
    try {
      server.startup();
      return server;
    } catch (final RuntimeException e) {
      server.shutdown();
      throw e;
    }
  }

  private static void format(final Path logs) throws Exception {
    new Formatter()
        .setClusterId(Uuid.randomUuid().toString())
        .setNodeId(NODE)
        .setDirectories(List.of(logs.toString()))
        .setMetadataLogDirectory(logs.toString())
        .setReleaseVersion(MetadataVersion.latestProduction())
        .setControllerListenerName("CONTROLLER")
        .setIgnoreFormatted(false)
        .setPrintStream(
            new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
        .run();
  }

  private static Properties properties(final Path logs, final int port, final int controllerPort) {
    final Properties properties = new Properties();
    properties.putAll(
        Map.ofEntries(
            Map.entry("process.roles", "broker,controller"),
            Map.entry("node.id", Integer.toString(NODE)),
            Map.entry("controller.quorum.voters", NODE + "@" + HOST + ":" + controllerPort),
            Map.entry(
                "listeners",
                "BROKER://" + HOST + ":" + port + ",CONTROLLER://" + HOST + ":" + controllerPort),
            Map.entry("advertised.listeners", "BROKER://" + HOST + ":" + port),
            Map.entry("listener.security.protocol.map", "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT"),
            Map.entry("controller.listener.names", "CONTROLLER"),
            Map.entry("inter.broker.listener.name", "BROKER"),
            Map.entry("log.dirs", logs.toString()),
            Map.entry("message.max.bytes", Integer.toString(LARGEST_RECORD)),
            Map.entry("replica.fetch.max.bytes", Integer.toString(LARGEST_RECORD)),
            Map.entry("auto.create.topics.enable", "false"),
            Map.entry("offsets.topic.num.partitions", "1"),
            Map.entry("offsets.topic.replication.factor", "1"),
            Map.entry("transaction.state.log.num.partitions", "1"),
            Map.entry("transaction.state.log.replication.factor", "1"),
            Map.entry("transaction.state.log.min.isr", "1"),
            Map.entry("share.coordinator.state.topic.num.partitions", "1"),
            Map.entry("share.coordinator.state.topic.replication.factor", "1"),
            Map.entry("share.coordinator.state.topic.min.isr", "1"),
            Map.entry("group.initial.rebalance.delay.ms", "0"),
            Map.entry("log.retention.ms", "-1"),
            Map.entry("log.cleaner.dedupe.buffer.size", Integer.toString(8 * 1024 * 1024)),
            Map.entry("num.network.threads", "2"),
            Map.entry("num.io.threads", "2")));
    return properties;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = listening(0)) {
      return socket.getLocalPort();
    }
  }

  private static void requireFree(final int port) throws IOException {
    listening(port).close();
  }

  private static ServerSocket listening(final int port) throws IOException {
    return new ServerSocket(port, 1, InetAddress.getByName(HOST));
  }
}
