/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** A text as bytes, with a name. Immutable and thread-safe. */
public final class Text {
  /** Most bytes of a text: 1 GiB. */
  public static final int LARGEST = 1 << 30;

  private final String name;
  private final byte[] bytes;

  /**
   * Copies the bytes.
   *
   * @throws IllegalArgumentException if the name is blank, or the text larger than {@link #LARGEST}
   */
  public Text(final String name, final byte[] bytes) {
    this.name = Objects.requireNonNull(name, "name");
    if (name.isBlank()) {
      throw new IllegalArgumentException("a text without a name");
    }
    requireSize(name, bytes.length);
    this.bytes = bytes.clone();
  }

  /**
   * Reads a file, or all regular files under a directory in the order of their paths, one after the
   * other. Its name is that of the file, without its extension, or of the directory.
   *
   * @throws IOException if there is no such file, or it cannot be read, or is too large
   */
  public static Text read(final Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString(), null, "expected a file or directory of text");
    }
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (final Path file : files(path)) {
      try {
        requireSize(path.toString(), bytes.size() + Files.size(file));
      } catch (final IllegalArgumentException e) {
        throw new IOException(e.getMessage(), e);
      }
      Files.copy(file, bytes);
    }
    return new Text(name(path), bytes.toByteArray());
  }

  private static List<Path> files(final Path path) throws IOException {
    try (Stream<Path> all = Files.walk(path)) {
      return all.filter(Files::isRegularFile).sorted(Comparator.comparing(Path::toString)).toList();
    }
  }

  private static String name(final Path path) {
    final String name = path.toAbsolutePath().normalize().getFileName().toString();
    final int dot = name.lastIndexOf('.');
    return dot > 0 && Files.isRegularFile(path) ? name.substring(0, dot) : name;
  }

  private static void requireSize(final String name, final long size) {
    if (size > LARGEST) {
      throw new IllegalArgumentException(
          "text " + name + " has " + size + " bytes or more: expected at most " + LARGEST);
    }
  }

  /** What it is called. */
  public String name() {
    return name;
  }

  /** Number of bytes. */
  public int size() {
    return bytes.length;
  }

  /**
   * A part of it, which nobody can write to.
   *
   * @throws IndexOutOfBoundsException if it has no such part
   */
  public ByteBuffer bytes(final int from, final int length) {
    Objects.checkFromIndexSize(from, length, bytes.length);
    return ByteBuffer.wrap(bytes, from, length).slice().asReadOnlyBuffer();
  }
}
