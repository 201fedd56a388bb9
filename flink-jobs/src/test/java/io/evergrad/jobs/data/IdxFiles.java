/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.data;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/** Writes IDX files, byte by byte as the format's description says. */
public final class IdxFiles {
  private IdxFiles() {}

  /** Writes the four files of a data set with as many images a class as asked, for tests. */
  public static void write(
      final Path directory,
      final int rows,
      final int columns,
      final int[] trainLabels,
      final int[] heldOutLabels)
      throws IOException {
    Files.write(
        directory.resolve(IdxDataset.TRAIN_IMAGES), images(trainLabels.length, rows, columns, 1));
    Files.write(directory.resolve(IdxDataset.TRAIN_LABELS), labels(trainLabels));
    Files.write(
        directory.resolve(IdxDataset.HELD_OUT_IMAGES),
        images(heldOutLabels.length, rows, columns, 2));
    Files.write(directory.resolve(IdxDataset.HELD_OUT_LABELS), labels(heldOutLabels));
  }

  /** The value of a pixel in the files of {@link #write}: {@code salt} 1 to learn, 2 held out. */
  public static int pixel(final int image, final int pixel, final int salt) {
    return (salt * 101 + image * 31 + pixel * 7) & 0xff;
  }

  static byte[] images(final int count, final int rows, final int columns, final int salt)
      throws IOException {
    final byte[] pixels = new byte[count * rows * columns];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) pixel(i / (rows * columns), i % (rows * columns), salt);
    }
    return file(new int[] {0x00000803, count, rows, columns}, pixels);
  }

  static byte[] labels(final int... labels) throws IOException {
    final byte[] bytes = new byte[labels.length];
    for (int i = 0; i < labels.length; i++) {
      bytes[i] = (byte) labels[i];
    }
    return file(new int[] {0x00000801, labels.length}, bytes);
  }

  static byte[] file(final int[] header, final byte[] body) throws IOException {
    final ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(new Smallest(file))) {
      for (final int word : header) {
        out.writeInt(word);
      }
      out.write(body);
    }
    return file.toByteArray();
  }

  private static final class Smallest extends GZIPOutputStream {
    Smallest(final OutputStream out) throws IOException {
      super(out);
      def.setLevel(9);
    }
  }
}
