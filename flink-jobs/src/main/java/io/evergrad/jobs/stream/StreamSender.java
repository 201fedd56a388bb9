/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.stream;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Sends task streams to a Kafka topic, each record exactly once into the log (idempotent producer,
 * all replicas acknowledge). To one partition they go in order. To several, for as many learners,
 * examples go in turn, and so do held-out ones; ends of tasks go to each. Thread-safe.
 */
public final class StreamSender {
  /** As fast as the broker takes them. */
  public static final double UNLIMITED = Double.POSITIVE_INFINITY;

  private static final long PROGRESS_EVERY = 1000;
  private static final int WAIT_MS = 15_000;

  private final String bootstrapServers;
  private final String topic;
  private final int partitions;

  /**
   * A sender.
   *
   * @param bootstrapServers where Kafka is, as {@code host:port}, several separated by commas
   * @param topic where the records go; made with one partition if it is missing
   */
  public StreamSender(final String bootstrapServers, final String topic) {
    this(bootstrapServers, topic, 1);
  }

  /**
   * A sender to several learners.
   *
   * @param bootstrapServers where Kafka is, as {@code host:port}, several separated by commas
   * @param topic where the records go; made if it is missing
   * @param partitions which of its partitions they go to: the first so many, at least 1
   * @throws IllegalArgumentException if there are fewer
   */
  public StreamSender(final String bootstrapServers, final String topic, final int partitions) {
    this.bootstrapServers = Objects.requireNonNull(bootstrapServers, "bootstrapServers");
    this.topic = Objects.requireNonNull(topic, "topic");
    this.partitions = partitions;
    if (partitions < 1) {
      throw new IllegalArgumentException(partitions + " partitions: expected at least 1");
    }
  }

  /**
   * Sends a stream and waits until the broker has all of it.
   *
   * @param stream what to send
   * @param recordsPerSecond most records a second, above 0, or {@link #UNLIMITED}
   * @param progress told what has been handed over so far, every thousand records and at the end,
   *     on the calling thread
   * @return what was sent
   * @throws IllegalArgumentException if the rate is not above 0
   * @throws IOException if the broker cannot be reached or refuses a record; what came before it
   *     may be in the topic
   * @throws InterruptedException if interrupted; what was sent until then may be in the topic
   */
  public Sent send(
      final TaskStream stream, final double recordsPerSecond, final Consumer<Sent> progress)
      throws IOException, InterruptedException {
    if (!(recordsPerSecond > 0)) {
      throw new IllegalArgumentException(
          recordsPerSecond + " records a second: expected a number above 0");
    }
    createTopic();
    final AtomicReference<Exception> failure = new AtomicReference<>();
    final Sent sent;
    try (KafkaProducer<byte[], byte[]> producer = producer()) {
      sent = handOver(stream, recordsPerSecond, progress, producer, failure);
    } catch (final InterruptException e) {
      throw interrupted(e);
    } catch (final KafkaException e) {
      throw failed(e);
    }
    if (failure.get() != null) {
      throw failed(failure.get());
    }
    progress.accept(sent);
    return sent;
  }

  private Sent handOver(
      final TaskStream stream,
      final double recordsPerSecond,
      final Consumer<Sent> progress,
      final KafkaProducer<byte[], byte[]> producer,
      final AtomicReference<Exception> failure)
      throws InterruptedException {
    Sent sent = Sent.NOTHING;
    try {
      final long start = System.nanoTime();
      for (final KeyedRecord record : stream) {
        await(start, sent.records() / recordsPerSecond * 1e9);
        if (failure.get() != null) {
          break;
        }
        final byte[] key = record.key().getBytes(StandardCharsets.UTF_8);
        final byte[] value = record.value().toByteArray();
        for (final int partition : partitionsOf(record, sent)) {
          producer.send(
              new ProducerRecord<>(topic, partition, key, value),
              (metadata, exception) -> {
                if (exception != null) {
                  failure.compareAndSet(null, exception);
                }
              });
        }
        sent = sent.and(record);
        if (sent.records() % PROGRESS_EVERY == 0) {
          progress.accept(sent);
        }
      }
      producer.flush();
      return sent;
    } catch (final InterruptException e) {
      throw interrupted(e);
    }
  }

  /** Clears the thread's flag, as what throws this does, so that the producer closes in order. */
  private static InterruptedException interrupted(final InterruptException cause) {
    Thread.interrupted();
    final InterruptedException thrown = new InterruptedException("sending was interrupted");
    thrown.initCause(cause);
    return thrown;
  }

  private int[] partitionsOf(final KeyedRecord record, final Sent before) {
    if (record.value().hasTaskEnd()) {
      return IntStream.range(0, partitions).toArray();
    }
    final long turn =
        record.value().getExample().getHeldOut() ? before.heldOut() : before.examples();
    return new int[] {(int) (turn % partitions)};
  }

  private KafkaProducer<byte[], byte[]> producer() {
    return new KafkaProducer<>(
        Map.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
            bootstrapServers,
            ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
            true,
            ProducerConfig.ACKS_CONFIG,
            "all",
            ProducerConfig.LINGER_MS_CONFIG,
            5,
            ProducerConfig.BATCH_SIZE_CONFIG,
            256 * 1024,
            ProducerConfig.MAX_BLOCK_MS_CONFIG,
            WAIT_MS),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  private void createTopic() throws IOException, InterruptedException {
    try (Admin admin =
        Admin.create(
            Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers,
                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, WAIT_MS,
                AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, WAIT_MS / 2))) {
      if (!created(admin)) {
        requirePartitions(admin);
      }
    } catch (final ExecutionException e) {
      throw failed(e.getCause());
    } catch (final KafkaException e) {
      throw failed(e);
    }
  }

  private boolean created(final Admin admin) throws ExecutionException, InterruptedException {
    try {
      admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1))).all().get();
      return true;
    } catch (final ExecutionException e) {
      if (e.getCause() instanceof TopicExistsException) {
        return false;
      }
      throw e;
    }
  }

  private void requirePartitions(final Admin admin)
      throws IOException, ExecutionException, InterruptedException {
    final int found =
        admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().size();
    if (found < partitions) {
      throw new IOException(
          "topic \"" + topic + "\" has " + found + " partitions: expected at least " + partitions);
    }
  }

  private IOException failed(final Throwable cause) {
    if (cause instanceof TimeoutException) {
      return new IOException(
          "no answer from Kafka at "
              + bootstrapServers
              + " within "
              + WAIT_MS / 1000
              + " s, sending to topic \""
              + topic
              + "\": is it running there? "
              + cause.getMessage(),
          cause);
    }
    final String reason =
        cause.getCause() == null
            ? cause.getMessage()
            : cause.getMessage() + ": " + cause.getCause().getMessage();
    return new IOException(
        "sending to topic \"" + topic + "\" at " + bootstrapServers + " failed: " + reason, cause);
  }

  private static void await(final long start, final double nanos) throws InterruptedException {
    while (true) {
      if (Thread.interrupted()) {
        throw new InterruptedException("sending was interrupted");
      }
      final long left = start + (long) nanos - System.nanoTime();
      if (left <= 0) {
        return;
      }
      LockSupport.parkNanos(left);
    }
  }

  /**
   * What has been sent.
   *
   * @param task the latest task's name; empty before the first record
   * @param examples examples to learn
   * @param heldOut held-out examples
   * @param taskEnds ends of tasks
   */
  public record Sent(String task, long examples, long heldOut, long taskEnds) {
    private static final Sent NOTHING = new Sent("", 0, 0, 0);

    /** Records in all. */
    public long records() {
      return examples + heldOut + taskEnds;
    }

    private Sent and(final KeyedRecord record) {
      final String current = record.value().getTask();
      if (record.value().hasTaskEnd()) {
        return new Sent(current, examples, heldOut, taskEnds + 1);
      }
      return record.value().getExample().getHeldOut()
          ? new Sent(current, examples, heldOut + 1, taskEnds)
          : new Sent(current, examples + 1, heldOut, taskEnds);
    }
  }
}
