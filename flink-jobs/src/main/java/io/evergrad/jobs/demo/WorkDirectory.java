/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ClusterOptions;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.SecurityOptions;
import org.apache.flink.configuration.WebOptions;

/**
 * A temporary directory that is gone when it is closed, or when the JVM is asked to end.
 * Thread-safe.
 */
public final class WorkDirectory implements AutoCloseable {
  /** Longer than threads that are ending already take to write their last file. */
  private static final Duration DELETE_WITHIN = Duration.ofSeconds(10);

  private static final long RETRY_MILLIS = 50;

  private final Path path;
  private final Duration grace;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread hook = new Thread(this::end, "evergrad-work-directory");
  private volatile boolean ending;

  /**
   * Makes the directory; when the JVM is asked to end, it is removed at once.
   *
   * @throws IOException if it cannot be made
   */
  public WorkDirectory() throws IOException {
    this(Duration.ZERO);
  }

  /**
   * Makes the directory.
   *
   * @param grace when the JVM is asked to end, how long it waits for this to be closed, so that
   *     what uses the directory is stopped before it is removed; see {@link #requireWanted}
   * @throws IOException if it cannot be made
   */
  public WorkDirectory(final Duration grace) throws IOException {
    this.grace = grace;
    path = Files.createTempDirectory("evergrad-");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** A path inside the directory; nothing is made there. */
  public Path resolve(final String name) {
    return path.resolve(name);
  }

  /**
   * Options of a job at parallelism 1 whose cluster, in this JVM, keeps its files in the directory
   * and does not restart it.
   *
   * @param job names its checkpoints' directory
   * @return values by the keys of Flink's options
   */
  public Map<String, String> cluster(final String job) {
    return Map.of(
        CoreOptions.DEFAULT_PARALLELISM.key(),
        "1",
        CheckpointingOptions.CHECKPOINT_STORAGE.key(),
        "filesystem",
        CheckpointingOptions.CHECKPOINTS_DIRECTORY.key(),
        resolve(job + "-checkpoints").toUri().toString(),
        CoreOptions.TMP_DIRS.key(),
        resolve("flink").toString(),
        WebOptions.TMP_DIR.key(),
        resolve("web").toString(),
        ClusterOptions.PROCESS_WORKING_DIR_BASE.key(),
        resolve("process").toString(),
        SecurityOptions.DELEGATION_TOKENS_ENABLED.key(),
        "false",
        RestartStrategyOptions.RESTART_STRATEGY.key(),
        "none");
  }

  /**
   * Does nothing until the JVM is asked to end, by Ctrl-C for instance.
   *
   * @throws InterruptedException from then on: stop what uses the directory, and close it
   */
  public void requireWanted() throws InterruptedException {
    if (ending) {
      throw new InterruptedException("stopped before the end, as asked by a signal");
    }
  }

  @Override
  public void close() {
    try {
      delete();
    } finally {
      closed.countDown();
      if (!ending) {
        forgetHook();
      }
    }
  }

  private void forgetHook() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (final IllegalStateException justAskedToEnd) {
      // The hook finds nothing to do.
      return;
    }
  }

  private void end() {
    ending = true;
    try {
      closed.await(grace.toMillis(), TimeUnit.MILLISECONDS);
    } catch (final InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    delete();
  }

  /** Again and again: others that are ending too may add or remove files. */
  private void delete() {
    final long deadline = System.nanoTime() + DELETE_WITHIN.toNanos();
    boolean interrupted = false;
    while (Files.exists(path)) {
      try {
        Files.walkFileTree(path, new Deletion());
        requireGone();
      } catch (final IOException e) {
        if (System.nanoTime() > deadline) {
          throw new UncheckedIOException("could not remove " + path, e);
        }
        interrupted |= slept();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void requireGone() throws IOException {
    if (Files.exists(path)) {
      throw new IOException(path + " is still there");
    }
  }

  /** Whether the sleep was interrupted. */
  private static boolean slept() {
    try {
      Thread.sleep(RETRY_MILLIS);
      return false;
    } catch (final InterruptedException e) {
      return true;
    }
  }

  /** Takes no offence at what is gone already. */
  private static final class Deletion extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(final Path file, final BasicFileAttributes attributes)
        throws IOException {
      Files.deleteIfExists(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(final Path file, final IOException failure) {
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(final Path directory, final IOException failure)
        throws IOException {
      Files.deleteIfExists(directory);
      return FileVisitResult.CONTINUE;
    }
  }
}
