/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.measure;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.Consumer;

/**
 * Results in a file of JSON lines, each on disk when {@link #add} returns, so that a run that was
 * interrupted goes on where it stopped. One process at a time. Not thread-safe.
 *
 * @param <T> what a line holds
 */
public final class JsonLines<T> implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final FileChannel file;

  private JsonLines(final FileChannel file) {
    this.file = file;
  }

  /**
   * Opens a file and reads what it holds. A last line that was not written to its end is removed.
   *
   * @param path made, with its directory, if it is missing
   * @param type what a line holds
   * @param what a line holds, for people: {@code an outcome}
   * @param known takes each line
   * @throws IOException if another process has it open, or a line is not of the type, naming it
   */
  public static <T> JsonLines<T> open(
      final Path path, final Class<T> type, final String what, final Consumer<T> known)
      throws IOException {
    Files.createDirectories(path.toAbsolutePath().getParent());
    final FileChannel file =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      lock(file, path);
      read(file, path, type, what, known);
      return new JsonLines<>(file);
    } catch (final IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /**
   * Adds a line.
   *
   * @throws IOException if it cannot be written
   */
  public void add(final T entry) throws IOException {
    final String line = JSON.writeValueAsString(entry) + "\n";
    final ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      file.write(bytes);
    }
    file.force(false);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  private static void lock(final FileChannel file, final Path path) throws IOException {
    try {
      if (file.tryLock() != null) {
        return;
      }
    } catch (final OverlappingFileLockException e) {
      throw new IOException(path + " is in use by this program", e);
    }
    throw new IOException(path + " is in use by another program: wait for it, or choose another");
  }

  private static <T> void read(
      final FileChannel file,
      final Path path,
      final Class<T> type,
      final String what,
      final Consumer<T> known)
      throws IOException {
    final String text = Files.readString(path);
    final String whole = text.substring(0, text.lastIndexOf('\n') + 1);
    final List<String> lines = whole.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      try {
        known.accept(JSON.readValue(lines.get(i), type));
      } catch (final JsonProcessingException e) {
        throw new IOException(
            path
                + " line "
                + (i + 1)
                + " is not "
                + what
                + ": remove the line, or choose another directory: "
                + e.getOriginalMessage(),
            e);
      }
    }
    final long end = whole.getBytes(StandardCharsets.UTF_8).length;
    file.truncate(end);
    file.position(end);
  }
}
