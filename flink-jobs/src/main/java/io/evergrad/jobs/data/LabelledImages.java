/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.data;

import java.util.Arrays;
import java.util.Objects;

/** Grey images of one size, each with a class. Immutable and thread-safe. */
public final class LabelledImages {
  private final int rows;
  private final int columns;
  private final byte[] pixels;
  private final byte[] labels;

  /**
   * Takes over the arrays.
   *
   * @param rows height of an image, at least 1
   * @param columns width of an image, at least 1
   * @param pixels image after image, each row-major, one unsigned byte a pixel
   * @param labels the class of each image, as an unsigned byte
   * @throws IllegalArgumentException if the pixels are not those of as many images as labels
   */
  LabelledImages(final int rows, final int columns, final byte[] pixels, final byte[] labels) {
    this.rows = rows;
    this.columns = columns;
    this.pixels = Objects.requireNonNull(pixels, "pixels");
    this.labels = Objects.requireNonNull(labels, "labels");
    if (rows < 1 || columns < 1 || (long) rows * columns * labels.length != pixels.length) {
      throw new IllegalArgumentException(
          pixels.length + " pixels: expected " + labels.length + " × " + rows + " × " + columns);
    }
  }

  /** Number of images. */
  public int size() {
    return labels.length;
  }

  /** Height of an image in pixels. */
  public int rows() {
    return rows;
  }

  /** Width of an image in pixels. */
  public int columns() {
    return columns;
  }

  /** Pixels of an image: {@code rows() * columns()}. */
  public int pixels() {
    return rows * columns;
  }

  /**
   * The class of an image, in [0, 255].
   *
   * @throws IndexOutOfBoundsException if there is no such image
   */
  public int label(final int image) {
    return Byte.toUnsignedInt(labels[image]);
  }

  /**
   * The pixels of an image in a new array: row-major, one unsigned byte each.
   *
   * @throws IndexOutOfBoundsException if there is no such image
   */
  public byte[] image(final int image) {
    Objects.checkIndex(image, labels.length);
    final byte[] copy = new byte[pixels()];
    System.arraycopy(pixels, image * copy.length, copy, 0, copy.length);
    return copy;
  }

  /**
   * The images from {@code from} (inclusive) to {@code to} (exclusive), copied.
   *
   * @throws IndexOutOfBoundsException if there are no such images
   */
  public LabelledImages slice(final int from, final int to) {
    Objects.checkFromToIndex(from, to, labels.length);
    return new LabelledImages(
        rows,
        columns,
        Arrays.copyOfRange(pixels, from * pixels(), to * pixels()),
        Arrays.copyOfRange(labels, from, to));
  }
}
