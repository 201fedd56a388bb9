/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets one thread of one process at a time publish versions of a model. The operating system frees
 * the lock when its process ends, however it ends.
 */
final class PublicationLock {

  /**
   * File locks belong to the process, and closing any channel of a file frees all of them: so the
   * threads of this process queue here first.
   */
  private static final ReentrantLock IN_PROCESS = new ReentrantLock();

  private static final long RETRY_MILLIS = 5;

  private PublicationLock() {}

  /** What is done under the lock. */
  @FunctionalInterface
  interface Section<T> {
    T run() throws IOException;
  }

  static <T> T holding(final Path lockFile, final Section<T> section) throws IOException {
    IN_PROCESS.lock();
    try (FileChannel channel =
        FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      lock(channel);
      return section.run();
    } finally {
      IN_PROCESS.unlock();
    }
  }

  private static void lock(final FileChannel channel) throws IOException {
    while (true) {
      try {
        channel.lock();
        return;
      } catch (final OverlappingFileLockException e) {
        // This class, loaded by another class loader, has it.
        try {
          Thread.sleep(RETRY_MILLIS);
        } catch (final InterruptedException interruption) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("waiting for another publication");
        }
      }
    }
  }
}
