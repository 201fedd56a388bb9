/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.data;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/**
 * Reads gzipped IDX files of unsigned bytes. Memory grows with the bytes that are there, never with
 * the size that a header claims.
 */
final class IdxReader {
  private static final int MAGIC_IMAGES = 0x0803;
  private static final int MAGIC_LABELS = 0x0801;
  private static final int LARGEST_SIDE = 4096;
  private static final int MOST_BYTES = Integer.MAX_VALUE - 64;

  private IdxReader() {}

  static LabelledImages read(
      final String imagesName,
      final InputStream images,
      final String labelsName,
      final InputStream labels)
      throws IOException {
    final Header imageHeader;
    final byte[] pixels;
    try (DataInputStream in = open(imagesName, images)) {
      imageHeader = Header.read(imagesName, in);
      pixels = imageHeader.body(imagesName, in);
    } catch (final EOFException e) {
      throw truncated(imagesName, e);
    }
    try (DataInputStream in = open(labelsName, labels)) {
      requireMagic(labelsName, in.readInt(), MAGIC_LABELS);
      final int labelCount = in.readInt();
      if (labelCount != imageHeader.count) {
        throw new IOException(
            labelsName
                + " holds "
                + labelCount
                + " labels: "
                + imagesName
                + " holds "
                + imageHeader.count);
      }
      final byte[] classes = exactly(labelsName, in, labelCount);
      return new LabelledImages(imageHeader.rows, imageHeader.columns, pixels, classes);
    } catch (final EOFException e) {
      throw truncated(labelsName, e);
    }
  }

  private static DataInputStream open(final String name, final InputStream bytes)
      throws IOException {
    try {
      return new DataInputStream(new GZIPInputStream(bytes, 1 << 16));
    } catch (final EOFException e) {
      throw truncated(name, e);
    } catch (final IOException e) {
      throw new IOException(name + " is not a gzip file: " + e.getMessage(), e);
    }
  }

  private static void requireMagic(final String name, final int found, final int expected)
      throws IOException {
    if (found != expected) {
      throw new IOException(
          "%s begins with magic number 0x%08x: expected 0x%08x, an IDX file of unsigned bytes with %d axes"
              .formatted(name, found, expected, expected & 0xff));
    }
  }

  private static byte[] exactly(final String name, final InputStream in, final int size)
      throws IOException {
    final byte[] body = in.readNBytes(size);
    if (body.length < size) {
      throw new EOFException(body.length + " of " + size + " bytes after its header");
    }
    if (in.read() >= 0) {
      throw new IOException(
          name + " goes on after the " + size + " bytes that its header declares");
    }
    return body;
  }

  private static IOException truncated(final String name, final EOFException cause) {
    return new IOException(name + " ends too early: " + cause.getMessage(), cause);
  }

  private record Header(int count, int rows, int columns) {
    static Header read(final String name, final DataInputStream in) throws IOException {
      requireMagic(name, in.readInt(), MAGIC_IMAGES);
      final Header header = new Header(in.readInt(), in.readInt(), in.readInt());
      if (header.count < 1
          || header.rows < 1
          || header.rows > LARGEST_SIDE
          || header.columns < 1
          || header.columns > LARGEST_SIDE
          || header.bytes() > MOST_BYTES) {
        throw new IOException(
            "%s declares %d images of %d × %d pixels: expected at least one, sides from 1 to %d, and below 2^31 bytes in all"
                .formatted(name, header.count, header.rows, header.columns, LARGEST_SIDE));
      }
      return header;
    }

    byte[] body(final String name, final InputStream in) throws IOException {
      return exactly(name, in, (int) bytes());
    }

    private long bytes() {
      return (long) count * rows * columns;
    }
  }
}
