/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store.tensor;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Reads and writes the safetensors format: the length of the header (8 bytes, little-endian), the
 * header (JSON, padded with spaces to 8 bytes), the elements of all tensors without gaps.
 *
 * <p>The same tensors always give the same bytes. The elements lie by type (I64, F64, F32) and then
 * by name, so that every tensor is aligned to its element width; this is the order of the reference
 * implementation. Reading checks the length of the header, names, types, shapes and offsets before
 * it allocates what they ask for; metadata of other writers is accepted and ignored.
 *
 * <p>All methods are pure apart from their streams, and safe to call from any thread.
 */
public final class Safetensors {

  private static final int LENGTH_BYTES = Long.BYTES;
  private static final long UNKNOWN = -1;

  private Safetensors() {}

  /**
   * Encodes tensors in memory.
   *
   * @param tensors by name; a name is 1 to 1,024 characters, none of them a control character
   * @throws IllegalArgumentException if a name is not allowed or the result exceeds 2 GiB
   */
  public static byte[] encode(final SortedMap<String, StoredTensor> tensors) {
    final SafetensorsHeader header = SafetensorsHeader.of(tensors);
    final byte[] json = header.toJson();
    final long size = LENGTH_BYTES + json.length + header.dataBytes();
    if (size > SafetensorsHeader.MAX_TENSOR_BYTES) {
      throw new IllegalArgumentException(
          "%d tensors of %d bytes: expected at most %d bytes; write them to a stream instead"
              .formatted(tensors.size(), size, SafetensorsHeader.MAX_TENSOR_BYTES));
    }
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream((int) size);
    try {
      write(header, json, tensors, bytes);
    } catch (final IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return bytes.toByteArray();
  }

  /**
   * Writes tensors to a stream, which stays open.
   *
   * @param tensors as in {@link #encode}
   * @throws IllegalArgumentException if a name is not allowed
   * @throws IOException from the stream
   */
  public static void write(final SortedMap<String, StoredTensor> tensors, final OutputStream output)
      throws IOException {
    final SafetensorsHeader header = SafetensorsHeader.of(tensors);
    write(header, header.toJson(), tensors, output);
  }

  /**
   * Decodes tensors from memory, within {@link TensorLimits#DEFAULT}.
   *
   * @param source what the bytes are, for messages
   * @return an unmodifiable map
   * @throws TensorFormatException naming the source, the tensor, what was expected and found
   */
  public static SortedMap<String, StoredTensor> decode(final byte[] bytes, final String source)
      throws TensorFormatException {
    return decode(bytes, source, TensorLimits.DEFAULT);
  }

  /** As {@link #decode(byte[], String)}, with other limits. */
  public static SortedMap<String, StoredTensor> decode(
      final byte[] bytes, final String source, final TensorLimits limits)
      throws TensorFormatException {
    try {
      return read(new ByteArrayInputStream(bytes), bytes.length, source, limits);
    } catch (final TensorFormatException e) {
      throw e;
    } catch (final IOException e) {
      throw new UncheckedIOException("reading from memory", e);
    }
  }

  /**
   * Reads tensors from a stream up to its end; the stream stays open.
   *
   * @param source what the stream is, for messages
   * @return an unmodifiable map
   * @throws TensorFormatException naming the source, the tensor, what was expected and found
   * @throws IOException from the stream
   */
  public static SortedMap<String, StoredTensor> read(
      final InputStream input, final String source, final TensorLimits limits) throws IOException {
    return read(input, UNKNOWN, source, limits);
  }

  /**
   * Reads a file.
   *
   * @return an unmodifiable map
   * @throws TensorFormatException naming the file, the tensor, what was expected and found
   * @throws IOException if the file cannot be read
   */
  public static SortedMap<String, StoredTensor> read(final Path file, final TensorLimits limits)
      throws IOException {
    final long size = Files.size(file);
    try (InputStream input = new BufferedInputStream(Files.newInputStream(file))) {
      return read(input, size, file.toString(), limits);
    }
  }

  private static void write(
      final SafetensorsHeader header,
      final byte[] json,
      final SortedMap<String, StoredTensor> tensors,
      final OutputStream output)
      throws IOException {
    output.write(
        ByteBuffer.allocate(LENGTH_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(json.length)
            .array());
    output.write(json);
    for (final SafetensorsHeader.Entry entry : header.entries()) {
      output.write(tensors.get(entry.name()).data());
    }
  }

  private static SortedMap<String, StoredTensor> read(
      final InputStream input, final long size, final String source, final TensorLimits limits)
      throws IOException {
    final byte[] lengthBytes = readExactly(input, LENGTH_BYTES, source, "header length");
    final long length = ByteBuffer.wrap(lengthBytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (length < 2 || length > limits.headerBytes()) {
      throw new TensorFormatException(
          source,
          "header length: expected 2 to %d bytes, found %s"
              .formatted(limits.headerBytes(), Long.toUnsignedString(length)));
    }
    if (size != UNKNOWN && length > size - LENGTH_BYTES) {
      throw new TensorFormatException(
          source,
          "header length: expected at most the %d bytes that follow, found %d"
              .formatted(size - LENGTH_BYTES, length));
    }
    final byte[] json = readExactly(input, (int) length, source, "header");
    final SafetensorsHeader header = SafetensorsHeader.parse(json, source);
    if (header.dataBytes() > limits.dataBytes()) {
      throw new TensorFormatException(
          source,
          "data: expected at most %d bytes, found %d declared"
              .formatted(limits.dataBytes(), header.dataBytes()));
    }
    if (size != UNKNOWN && header.dataBytes() != size - LENGTH_BYTES - length) {
      throw new TensorFormatException(
          source,
          "data: expected the %d bytes that the header declares, found %d"
              .formatted(header.dataBytes(), size - LENGTH_BYTES - length));
    }
    final SortedMap<String, StoredTensor> tensors = new TreeMap<>();
    for (final SafetensorsHeader.Entry entry : header.entries()) {
      final byte[] data =
          readExactly(
              input,
              Math.toIntExact(entry.end() - entry.begin()),
              source,
              "tensor \"" + entry.name() + "\"");
      tensors.put(entry.name(), new StoredTensor(entry.type(), entry.shape(), data));
    }
    if (input.read() >= 0) {
      throw new TensorFormatException(
          source, "data: expected to end after %d bytes, found more".formatted(header.dataBytes()));
    }
    return Collections.unmodifiableSortedMap(tensors);
  }

  /** Grows with what the stream delivers, so a false length costs no memory. */
  private static byte[] readExactly(
      final InputStream input, final int length, final String source, final String part)
      throws IOException {
    final byte[] bytes = input.readNBytes(length);
    if (bytes.length != length) {
      throw new TensorFormatException(
          source, "%s: expected %d bytes, found %d".formatted(part, length, bytes.length));
    }
    return bytes;
  }
}
