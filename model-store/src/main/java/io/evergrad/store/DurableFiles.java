/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/** File operations that are on disk when they return. */
final class DurableFiles {

  private static final int BUFFER_BYTES = 1 << 16;

  private DurableFiles() {}

  /** What writes a file's content. */
  @FunctionalInterface
  interface Content {
    void writeTo(OutputStream output) throws IOException;
  }

  /** Writes a file that must not exist; its directory still has to be synced. */
  static void create(final Path file, final Content content) throws IOException {
    write(file, content, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
  }

  /** Replaces a file at once: readers see the old content or the new. */
  static void replace(final Path file, final byte[] content) throws IOException {
    final Path next = file.resolveSibling(file.getFileName() + ".next");
    write(
        next,
        output -> output.write(content),
        StandardOpenOption.WRITE,
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    syncDirectory(file.getParent());
  }

  /** Creates a directory and those above it where they are missing. */
  static void createDirectories(final Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    final Path parent = directory.toAbsolutePath().getParent();
    createDirectories(parent);
    Files.createDirectories(directory);
    syncDirectory(parent);
  }

  /** Flushes a directory's entries. Windows has no such thing and needs none. */
  static void syncDirectory(final Path directory) throws IOException {
    if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  /** Deletes a directory and all in it; what is gone already does not matter. */
  static void deleteTree(final Path directory) throws IOException {
    try {
      Files.walkFileTree(
          directory,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(final Path file, final BasicFileAttributes attributes)
                throws IOException {
              Files.deleteIfExists(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(final Path visited, final IOException failure)
                throws IOException {
              if (failure != null) {
                throw failure;
              }
              Files.deleteIfExists(visited);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (final NoSuchFileException e) {
      // Someone else deleted it.
    }
  }

  private static void write(final Path file, final Content content, final OpenOption... options)
      throws IOException {
    try (FileChannel channel = FileChannel.open(file, options)) {
      final OutputStream output =
          new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES);
      content.writeTo(output);
      output.flush();
      channel.force(true);
    }
  }
}
