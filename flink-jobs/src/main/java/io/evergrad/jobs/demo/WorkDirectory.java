/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A temporary directory that is gone when it is closed, or when the JVM is asked to end.
 * Thread-safe.
 */
public final class WorkDirectory implements AutoCloseable {
  private final Path path;
  private final Thread hook;

  /**
   * Makes the directory.
   *
   * @throws IOException if it cannot be made
   */
  public WorkDirectory() throws IOException {
    path = Files.createTempDirectory("evergrad-");
    hook = new Thread(this::delete, "evergrad-work-directory");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** A path inside the directory; nothing is made there. */
  public Path resolve(final String name) {
    return path.resolve(name);
  }

  @Override
  public void close() {
    delete();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (final IllegalStateException ending) {
      // The JVM ends already: the hook does what close() has just done.
      return;
    }
  }

  private synchronized void delete() {
    if (!Files.exists(path)) {
      return;
    }
    try (Stream<Path> tree = Files.walk(path)) {
      final List<Path> deepestFirst = tree.sorted(Comparator.reverseOrder()).toList();
      for (final Path file : deepestFirst) {
        Files.deleteIfExists(file);
      }
    } catch (final IOException e) {
      throw new UncheckedIOException("could not remove " + path, e);
    }
  }
}
